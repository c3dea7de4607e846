/**
 * `/<service>/examples`: queries to begin with. DALI 1.1 §2.3, TAP 1.1 §2.6; conformance chapter 9. One entry
 * of the table is one example; a service shows those that its own tables can answer.
 *
 * The document is well-formed XML, whatever reads it; queries and table names are plain text in it.
 */
import { checkQuery, parseQuery } from '@quipu/adql'
import { ArchiveError, escapeXml } from '@quipu/vo'
import type { TableSet } from '@quipu/vo/vosi'

export interface Example {
  /** An XML name, the fragment of its address. */
  readonly id: string
  readonly name: string
  readonly description: string
  /** Of the query, with their schemas. */
  readonly tables: readonly string[]
  readonly query: string
}

/** Ordered as people meet them: raw frames, products, catalogues, what there is. */
export const EXAMPLES: readonly Example[] = [
  {
    id: 'run', name: 'Science frames of a run',
    description: 'The raw science frames of one observing run, with the address of the files, calibrations'
      + ' and logs that belong to each. Frames of runs with protected metadata are found by signed-in users'
      + ' with a right to the run.',
    tables: ['dbo.raw'],
    query: `SELECT dp_id, object, exp_start, exposure, release_date, datalink_url
FROM dbo.raw
WHERE prog_id = '098.C-0739(C)' AND dp_cat = 'SCIENCE'
ORDER BY exp_start`,
  },
  {
    id: 'cone', name: 'Raw frames around a position',
    description: 'Science frames of half a degree around a position (degrees, ICRS).',
    tables: ['dbo.raw'],
    query: `SELECT TOP 100 dp_id, instrument, object, exp_start, dp_tech
FROM dbo.raw
WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 53.4015, -36.1404, 0.5))
  AND dp_cat = 'SCIENCE'`,
  },
  {
    id: 'night', name: 'One night of an instrument',
    description: 'What an instrument took between two noons in Chile, calibrations included.',
    tables: ['dbo.raw'],
    query: `SELECT dp_id, dp_cat, dp_type, dp_tech, exp_start, exposure
FROM dbo.raw
WHERE instrument = 'FORS2'
  AND exp_start BETWEEN '2021-01-01T16:00:00' AND '2021-01-02T16:00:00'
ORDER BY exp_start`,
  },
  {
    id: 'per-instrument', name: 'Number of frames by instrument and category',
    description: 'How many frames there are of each category, instrument by instrument.',
    tables: ['dbo.raw'],
    query: `SELECT instrument, dp_cat, COUNT(*) AS frames
FROM dbo.raw
GROUP BY instrument, dp_cat
ORDER BY instrument, frames DESC`,
  },
  {
    id: 'public-now', name: 'Science frames that became public in the last months',
    description: 'Frames whose proprietary period is over, the newest first.',
    tables: ['dbo.raw'],
    query: `SELECT TOP 20 dp_id, instrument, object, release_date
FROM dbo.raw
WHERE release_date < GETDATE() AND dp_cat = 'SCIENCE'
ORDER BY release_date DESC`,
  },
  {
    id: 'footprint', name: 'Products that overlap a region',
    description: 'Processed products whose footprint overlaps a circle of a tenth of a degree. A spectrum\'s'
      + ' footprint is a point, so INTERSECTS finds spectra, too.',
    tables: ['ivoa.ObsCore'],
    query: `SELECT TOP 100 dp_id, dataproduct_type, obs_collection, target_name, access_url
FROM ivoa.ObsCore
WHERE 1 = INTERSECTS(s_region, CIRCLE('ICRS', 53.4015, -36.1404, 0.1))`,
  },
  {
    id: 'spectra', name: 'Spectra that cover H alpha',
    description: 'Spectra of at least a resolving power of 1000 around 656.28 nm; wavelengths are in metres.',
    tables: ['ivoa.ObsCore'],
    query: `SELECT TOP 100 dp_id, target_name, em_min * 1e9 AS from_nm, em_max * 1e9 AS to_nm,
  em_res_power, snr
FROM ivoa.ObsCore
WHERE dataproduct_type = 'spectrum'
  AND em_min < 656.28e-9 AND em_max > 656.28e-9 AND em_res_power > 1000
ORDER BY snr DESC`,
  },
  {
    id: 'collections', name: 'Collections of products',
    description: 'What kinds of products each collection holds.',
    tables: ['ivoa.ObsCore'],
    query: `SELECT obs_collection, dataproduct_type, COUNT(*) AS products
FROM ivoa.ObsCore
GROUP BY obs_collection, dataproduct_type
ORDER BY obs_collection`,
  },
  {
    id: 'latest-catalogues', name: 'Latest version of each catalogue',
    description: 'Catalogues of which there is no newer version under the same title.',
    tables: ['TAP_SCHEMA.tables'],
    query: `SELECT t1.table_name, t1.title AS catalogue, t1.version, t1.number_rows
FROM TAP_SCHEMA.tables AS t1
LEFT OUTER JOIN TAP_SCHEMA.tables AS t2 ON t1.title = t2.title AND t1.version < t2.version
WHERE t2.title IS NULL AND t1.cat_id IS NOT NULL
ORDER BY catalogue`,
  },
  {
    id: 'tables', name: 'Tables of this service',
    description: 'Every published table with its description.',
    tables: ['TAP_SCHEMA.tables'],
    query: `SELECT table_name, description
FROM TAP_SCHEMA.tables
ORDER BY table_index`,
  },
  {
    id: 'positions', name: 'Columns that hold positions',
    description: 'Columns are described by UCDs: those of equatorial positions begin with pos.eq.',
    tables: ['TAP_SCHEMA.columns'],
    query: `SELECT table_name, column_name, unit, ucd, description
FROM TAP_SCHEMA.columns
WHERE ucd LIKE 'pos.eq%'
ORDER BY table_name, column_index`,
  },
]

/** The examples that these tables can answer. */
export function examplesFor(tableSet: TableSet): readonly Example[] {
  return EXAMPLES.filter(({ query }) => {
    try {
      checkQuery(parseQuery(query), tableSet)
      return true
    } catch (error) {
      if (error instanceof ArchiveError) return false
      throw error
    }
  })
}

/** The examples document, XHTML with RDFa. */
export function examplesDocument(examples: readonly Example[], title: string): string {
  return `<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">
<head>
<title>${escapeXml(title)}: examples</title>
</head>
<body vocab="http://www.ivoa.net/rdf/examples#">
<h1>${escapeXml(title)}: examples</h1>
${examples.map(exampleText).join('')}</body>
</html>
`
}

function exampleText({ id, name, description, tables, query }: Example): string {
  const names = tables.map((table) => `<em property="table">${escapeXml(table)}</em>`)
  return `<div id="${id}" resource="#${id}" typeof="example">
<h2 property="name">${escapeXml(name)}</h2>
<p>${escapeXml(description)} Tables: ${names.join(', ')}.</p>
<pre property="query">${lines(query)}</pre>
</div>
`
}

/** Line ends stay line ends: in content they need no reference. */
function lines(text: string): string {
  return text.split('\n').map(escapeXml).join('\n')
}
