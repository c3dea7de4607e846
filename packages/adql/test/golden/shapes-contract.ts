/** Geometry, units and the IVOA's functions, by value, in any engine. Test values of the catalogue EN 1.2. */
import { overlapSqDeg, parseRegion } from '@quipu/vo/sky'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Observatory } from '../support/observatory.ts'

export function shapesContract(open: () => Promise<Observatory>): void {
  let observatory: Observatory
  beforeAll(async () => { observatory = await open() })
  afterAll(() => observatory.close())

  const only = async (value: string) => (await observatory.rows(`SELECT TOP 1 ${value} AS res FROM TAP_SCHEMA.tables`))[0]?.[0]
  const numbersOf = (text: unknown) => String(text).match(/-?\d+(\.\d+)?(e-?\d+)?/g)?.filter((word) => word !== '2000').map(Number) ?? []

  describe('the catalogue of functions', () => {
    test.each([
      ['ivo_healpix_index(0, 1, 1)', 4n], ['ivo_healpix_index(17, 1, 1)', 81609757711n], ['ivo_healpix_index(17, 359, -1)', 73009064944n], ['ivo_healpix_index(0, POINT(1, 1))', 4n],
      ['ivo_healpix_index(17, CENTROID(CIRCLE(359, -1, 3)))', 73009064944n], ['ivo_healpix_index(29, 1, 1)', expect.any(BigInt)], ['ivo_healpix_index(30, 1, 1)', null], ['ivo_healpix_index(5, NULL, 1)', null],
      ["ivo_nocasematch('ABcabc', 'ab__bc')", 1], ["ivo_nocasematch('abcabc', '%BC')", 1], ["ivo_nocasematch('abcabc', 'abcab')", 0],
      ["ivo_hasword('Miller and Urey have', 'miller')", 1], ["ivo_hasword('shown that a primordial', 'shown soup')", 0], ["ivo_hasword('shown that a primordial', 'that SHOWN')", 1], ["ivo_hasword('Millerite', 'miller')", 0], ["ivo_hasword(NULL, 'x')", null],
      ["ivo_hashlist_has('Red#green#blue', 'red')", 1], ["ivo_hashlist_has('red#green#blue', 're')", 0], ["ivo_hashlist_has('red#green', 'red#green')", 0], ["ivo_hashlist_has(NULL, 'red')", null],
      ['ivo_interval_overlaps(-3, -2, 2, 3)', 0], ['ivo_interval_overlaps(-2, 55.3, 2, 3)', 1], ['ivo_interval_overlaps(-2, 55.3, 3, 2)', 0], ['ivo_interval_overlaps(-2, 2, 2, 3)', 1],
      ["LOWER('ÀÉ Ω x')", 'àé ω x'], ["UPPER('àé ω x')", 'ÀÉ Ω X'], ["ivo_nocasematch('ÉTOILE', 'ét%')", 1], ["ivo_hasword('Une Étoile', 'étoile')", 1], ["ivo_hasword('über–all', 'über')", 1],
      ["ivo_hms_to_degrees('what')", null], ["ivo_dms_to_degrees('1:2')", null], ["ivo_dms_to_degrees('-00:15:00')", -0.25], ["ivo_dms_to_degrees('-0d15m0s')", -0.25], ["ivo_dms_to_degrees('+001500')", 0.25],
    ])('%s is %s', async (value, expected) => { expect(await only(value)).toEqual(expected) })

    test.each([
      ["ivo_to_jd('2000-01-02T12:00:00')", 2451546.0], ["ivo_to_jd('1910-12-31T06:00:00')", 2419036.75], ["ivo_to_mjd('2000-01-02T12:00:00')", 51545.5], ["ivo_to_mjd('1910-12-31T06:00:00')", 19036.25], ["ivo_to_mjd(CAST('2000-01-02T12:00:00' AS TIMESTAMP))", 51545.5],
      ["ivo_hms_to_degrees('3:34:45.4')", 53.6891667], ["ivo_hms_to_degrees('3H34M45.4S')", 53.6891667], ["ivo_hms_to_degrees('033445.4')", 53.6891667], ["ivo_dms_to_degrees('42:9:6.768')", 42.15188],
    ])('%s is %d', async (value, expected) => { expect(await only(value)).toBeCloseTo(expected, 7) })

    const star = (epoch: string, pmDec = '-428.8', rv = '52.51', parallax = '125') => `ivo_epoch_prop_pos(7.606083572, 11.79044105, ${parallax}, 300, ${pmDec}, ${rv}, 2016.0, ${epoch})`
    test.each([
      ['ivo_healpix_center(0, 6)', [180, 0], 9], ['ivo_healpix_center(17, ivo_healpix_index(17, 23.4, 56.7))', [23.399843462947466, 56.70016214363192], 9],
      [star('1992.25'), [7.604061404627978, 11.7932703828279], 11], [star('1875.0'), [7.594068213694308, 11.807251375203935], 11], [star('1875.0', '-428.8', 'NULL'), [7.594079587029898, 11.807235464326332], 11], [star('1875.0', 'NULL', 'NULL'), [7.594080321498365, 11.790440798509207], 11],
      ["ivo_geom_transform('ICRS', 'GALACTIC', POINT(120, -23))", [241.121831182, 3.62785788087], 8], ["ivo_geom_transform('FK4', 'GALACTIC', CIRCLE(189.70303055, 22.96240006, 3))", [275.00025405, 84.99996154, 3], 7],
      ["ivo_geom_transform('ICRS', 'GALACTIC', ivo_healpix_center(0, 6))", [276.3, 60.2], 0],
    ])('%s is at %j', async (value, expected, digits) => {
      const numbers = numbersOf(await only(value))
      expect(numbers).toHaveLength(expected.length)
      for (const [i, number] of expected.entries()) expect(numbers[i]).toBeCloseTo(number, digits)
    })

    test('a polygon in other coordinates: each corner, the first one first or its neighbour', async () => {
      const numbers = numbersOf(await only("ivo_geom_transform('GALACTIC', 'FK5', POLYGON(5, 3, 4, 4, 4.5, 2))"))
      for (const number of [266.44721, -23.107310, 264.95088, -23.434037, 267.09936, -24.051919]) expect(numbers.some((given) => Math.abs(given - number) < 1e-5)).toBe(true)
    })

    test('what is not there gives nothing', async () => {
      expect(await only(star('1875.0', 'NULL', '52.51', 'NULL'))).toBe(await only(star('1875.0', 'NULL', 'NULL')))
      expect(await observatory.rows('SELECT ivo_epoch_prop_pos(ra, dec, NULL, NULL, NULL, NULL, 2000, 2001) FROM raw WHERE ra IS NULL')).toEqual([[null]])
      expect(await observatory.rows('SELECT ivo_to_mjd(exp_start), ivo_to_mjd(NULL) FROM raw WHERE ob_id = 0')).toEqual([[58543, null]])
    })

    test('texts of a group', async () => {
      expect(await observatory.rows("SELECT ivo_string_agg(object, ', ') FROM raw WHERE ob_id >= 0")).toEqual([['HD 135344B, NGC1533, hd 135344b, ngc1533']])
      expect(await observatory.rows("SELECT instrument, ivo_string_agg(DISTINCT dp_id, '#') FROM raw GROUP BY instrument HAVING ivo_string_agg(object, ',') IS NULL")).toEqual([['MUSE', 'MUSE.2019-03-01T00:00:00.000']])
      expect(await observatory.rows("SELECT ivo_string_agg(object, ',') FROM raw WHERE 1 = 0")).toEqual([[null]])
    })

    test('random numbers of a normal distribution', async () => {
      const [[mean, squares]] = await observatory.rows('SELECT AVG(x), AVG(x * x) FROM (SELECT ivo_normal_random(10, 2) AS x FROM raw a, raw b, raw c, raw d, raw e) y') as [[number, number]]
      expect(mean).toBeCloseTo(10, 0)
      expect(Math.sqrt(squares - mean * mean)).toBeCloseTo(2, 0)
    })
  })

  describe('shapes', () => {
    test.each([
      ["DISTANCE(s_region, POINT('', 181, 0))", 1], ["DISTANCE(POINT(181, 0), s_region)", 1], ["DISTANCE(s_region, CIRCLE(185, 0, 1))", 4], ["DISTANCE(CIRCLE(0, 0, 1), CIRCLE(5, 0, 1))", 3], ["DISTANCE(CENTROID(s_region), POINT(180, 2))", 2],
      ['COORD1(s_region)', 180], ['COORD2(s_region)', 0], ['COORD1(CENTROID(POLYGON(9, 19, 11, 19, 11, 21, 9, 21)))', 10], ['AREA(CIRCLE(0, 0, 1))', 360 ** 2 / Math.PI * Math.sin(Math.PI / 360) ** 2], ['AREA(s_region)', 0],
      ["DISTANCE(POINT('GALACTIC', 0, 0), POINT(266.40499, -28.93617))", 0], ["DISTANCE(POINT('GALACTIC', ra - 180, dec), POINT(266.40499, -28.93617))", 0], ["COORD2(POINT('GALACTIC', 0, 90))", 27.128],
      ['ESO_INTERSECTION(CIRCLE(0, 0, 1), CIRCLE(5, 0, 1))', 0], ['ESO_INTERSECTION(s_region, CIRCLE(180, 0, 1))', 0], ['ESO_INTERSECTION(BOX(0, 0, 4, 4), CIRCLE(0, 0, 3))', overlapSqDeg(parseRegion('BOX 0 0 4 4'), parseRegion('CIRCLE 0 0 3'))],
      ["DISTANCE(CAST('12.3 45.6' AS POINT), POINT(12.3, 45.6))", 0], ["AREA(CAST('0 0 180' AS CIRCLE))", 41252.96125], ["COORD1(CAST(ESO_SUBSTRING('x10 20', 2, 5) AS POINT))", 10],
      ["IN_UNIT(exposure + 3600, 'h')", 1], ["IN_UNIT(DISTANCE(ra, dec, 180, 1), 'arcmin')", 60], ["IN_UNIT(ra, 'rad')", Math.PI],
    ])('%s is %d', async (value, expected) => {
      expect((await observatory.rows(`SELECT ${value} FROM raw WHERE ob_id = 0`))[0]?.[0]).toBeCloseTo(expected, 3)
    })

    test.each([
      ['COORDSYS(s_region)', 'ICRS'], ["COORDSYS(POINT('GALACTIC', 1, 2))", 'ICRS'], ['COORD1(CENTROID(s_region))', 180], ["CONTAINS(POINT(180, 0.5), CIRCLE(CENTROID(s_region), 1))", 1], ["CONTAINS(ivo_healpix_center(0, 6), CIRCLE(180, 0, 1))", 1],
      ["CONTAINS(POINT(180, 0.5), CIRCLE('GALACTIC', 276.34, 60.19, 1))", 1], ["INTERSECTS(s_region, POLYGON('GALACTIC', 275, 59, 278, 59, 277, 62))", 1], ['COORD1(NULL)', null], ['DISTANCE(NULL, s_region)', null],
    ])('%s is %s', async (value, expected) => {
      const [[given]] = await observatory.rows(`SELECT ${value} FROM raw WHERE ob_id = 0`) as [[unknown]]
      if (typeof expected === 'number') expect(given).toBeCloseTo(expected, 6)
      else expect(given).toBe(expected)
    })

    test('rows without a region give nulls; text that is no shape fails', async () => {
      expect(await observatory.rows('SELECT DISTANCE(s_region, POINT(1, 2)), CENTROID(s_region), COORDSYS(s_region), COORD1(s_region) FROM raw WHERE ra IS NULL')).toEqual([[null, null, null, null]])
      expect(await observatory.rows('SELECT CAST(object AS POINT) FROM raw WHERE object IS NULL')).toEqual([[null]])
      await expect(observatory.rows('SELECT CAST(object AS POINT) FROM raw')).rejects.toThrow(/Conversion Error|could not be turned into the type/)
    })

    test('a sub-query passes points and regions on', async () => {
      expect(await observatory.rows("SELECT COUNT(*) FROM (SELECT POINT(ra, dec) AS p FROM raw) x WHERE 1 = CONTAINS(x.p, CIRCLE(10, -20, 1)) AND DISTANCE(x.p, POINT(10, -20)) < 1 AND COORD1(x.p) > 9")).toEqual([[2n]])
    })
  })
}
