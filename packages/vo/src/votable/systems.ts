/**
 * What the numbers of a column are measured in: COOSYS and TIMESYS. VOTable 1.4 §3.1.3, §3.1.4; conformance
 * The names are those of 1.4, which its validators insist on; 1.5 has other ones for some.
 */
import { attributesText } from '../xml.ts'
import type { Field } from './field.ts'

interface System {
  readonly element: 'COOSYS' | 'TIMESYS'
  /** Without its ID, which is its name here. */
  readonly attributes: Readonly<Record<string, string>>
}

/** `utc` is for timestamps, `utc_mjd` for numbers of days; both are the observatory's. */
export const SYSTEMS = {
  ICRS: { element: 'COOSYS', attributes: { system: 'ICRS' } },
  FK5: { element: 'COOSYS', attributes: { equinox: 'J2000', system: 'eq_FK5' } },
  galactic: { element: 'COOSYS', attributes: { system: 'galactic' } },
  ecliptic: { element: 'COOSYS', attributes: { equinox: 'J2000', system: 'ecl_FK5' } },
  utc: { element: 'TIMESYS', attributes: { refposition: 'TOPOCENTER', timescale: 'UTC' } },
  utc_mjd: {
    element: 'TIMESYS', attributes: { refposition: 'TOPOCENTER', timeorigin: 'MJD-origin', timescale: 'UTC' },
  },
} as const satisfies Readonly<Record<string, System>>

export type SystemName = keyof typeof SYSTEMS

/** The elements that these columns refer to, each once. */
export function systemsText(fields: readonly Pick<Field, 'system'>[]): string {
  const names = new Set(fields.flatMap(({ system }) => system === undefined ? [] : [system]))
  return [...names].map((name) => {
    const { element, attributes } = SYSTEMS[name]
    return `    <${element}${attributesText({ ID: name, ...attributes })}/>\n`
  }).join('')
}
