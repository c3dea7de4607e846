/** A schema with one catalogue in two versions, and files for it. */

export const SAFCAT = `
schema: safcat
service: tap_cat
description: Catalogues of sources.
tables:
  STARS_V1:
    rule: public
    holds: catalogue
    title: A catalogue of stars
    catalogue: { catId: 7, version: 1, collection: STARS, publicationDate: 2019-05-06, numberRows: 3 }
    description: The first version; its rows are no longer served.
    columns:
      id: { type: long, ucd: meta.id;meta.main, required: true, description: Number of the star. }
  STARS_V2:
    rule: public
    holds: catalogue
    title: A catalogue of stars
    catalogue:
      catId: 8
      version: 2
      collection: STARS
      filter: V
      instrument: FORS2
      telescope: ESO-VLT-U1
      publicationDate: '2021-05-06T07:08:09.000Z'
      numberRows: 3
      relDescrUrl: https://archive.example/descriptions/8
      acknowledgment: Thank the observatory.
      mjdObs: 59000.5
      mjdEnd: 59100.25
      skySquareDeg: 12.5
      bibliography: 2021A&A...1....1Z
      documentId: 88
    description: The stars of one field.
    columns:
      id: { type: long, ucd: meta.id;meta.main, required: true, description: Number of the star. }
      ra: { type: double, unit: deg, ucd: pos.eq.ra;meta.main, description: Right ascension. }
      dec: { type: double, unit: deg, ucd: pos.eq.dec;meta.main, description: Declination. }
      mag: { type: float, unit: mag, ucd: phot.mag;em.opt.V, description: Magnitude. }
      epochs: { type: short, ucd: meta.number, description: How often it was seen. }
      seen: { type: timestamp, ucd: time.epoch, description: When it was last seen. }
      name: { type: text, ucd: meta.id, description: Its name. }
`

export const CATALOGUE = 'ADP.2021-05-06T07:08:09.000'

export const STARS = `id,RA,dec,mag,epochs,seen,name
9007199254740993,0.25,-30.5,17.25,3,2021-05-06T07:08:09.5,"Star ""A"", the first"
2,359.999,89.5,,,,
3,12,0,nan,-1,2020-01-01,""
`

/** The record of the catalogue; its file is `stars.csv`. */
export function record(more: object = {}): object {
  return {
    dpId: CATALOGUE, kind: 'product', file: 'stars.csv', category: 'SCIENCE.CATALOG', instrument: 'FORS2',
    progId: null, modified: '2021-05-06T07:08:09Z', table: 'safcat.STARS_V2', ...more,
  }
}
