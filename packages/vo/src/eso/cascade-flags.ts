/**
 * What calSelector says of a whole cascade, as text in the `description` of the `#this` row of its list form.
 * No standard has it: the form is that of recorded answers and of ESO's own script, which reads it by
 * regular expressions.
 */
import { ArchiveError } from '../errors.ts'

/** Raw2Raw: down to raw calibrations. Raw2Master: processed ones where they exist. */
export type Mode = 'Raw2Raw' | 'Raw2Master'

export const MODES: readonly Mode[] = ['Raw2Raw', 'Raw2Master']

/** The attributes of the root association, in ESO's order. */
export interface CascadeFlags {
  /** The type of the input frame: `IFS_SCI_SKY`. */
  readonly category: string
  /** All calibrations passed quality control. */
  readonly certified: boolean
  /** All that the calibration plan asks for was found. */
  readonly complete: boolean
  /** What was executed, which may differ from what was asked for. Read: '' when the answer does not say. */
  readonly mode: Mode | ''
  readonly type: string
  readonly messages: string
}

/** Reads a mode in any case. Throws `parameter_invalid`. */
export function parseMode(text: string): Mode {
  const mode = MODES.find((known) => known.toLowerCase() === text.trim().toLowerCase())
  if (mode === undefined) {
    const given = text.replace(/[^\x20-\x7e]/gu, '?').slice(0, 40)
    throw new ArchiveError('parameter_invalid', `mode is '${given}'; it is Raw2Raw or Raw2Master`)
  }
  return mode
}

/** `category="IFS_SCI_SKY" certified="true" …`. A double quote in a value becomes a single one. */
export function writeThisDescription(flags: CascadeFlags): string {
  const { category, certified, complete, mode, type, messages } = flags
  return Object.entries({ category, certified, complete, mode, type, messages })
    .map(([name, value]) => `${name}="${String(value).replaceAll('"', "'")}"`).join(' ')
}

/**
 * Reads it as ESO's script does: what is not there is empty, and only the word `true` is true. So text that
 * says nothing gives flags that warn.
 */
export function readThisDescription(text: string): CascadeFlags {
  const valueOf = (name: string) => {
    const pattern = new RegExp(`(?:^|\\s)${name}\\s*=\\s*"([^"]*)"`, 'i')
    return pattern.exec(text)?.[1]?.trim() ?? ''
  }
  const mode = valueOf('mode').toLowerCase()
  return {
    category: valueOf('category'),
    certified: valueOf('certified').toLowerCase() === 'true',
    complete: valueOf('complete').toLowerCase() === 'true',
    mode: MODES.find((known) => known.toLowerCase() === mode) ?? '',
    type: valueOf('type'),
    messages: valueOf('messages'),
  }
}
