/** VOSI availability. VOSI 1.1 §2.3. */
import { escapeXml } from '../xml.ts'

export interface Availability {
  readonly available: boolean
  /** For people; null for none. */
  readonly note: string | null
  /** Milliseconds since 1970; null where unknown. */
  readonly upSinceMs: number | null
}

/** The document of `/availability`. */
export function writeAvailability({ available, note, upSinceMs }: Availability): string {
  const upSince = upSinceMs === null ? '' : `  <vosi:upSince>${new Date(upSinceMs).toISOString()}</vosi:upSince>\n`
  return '<?xml version="1.0" encoding="UTF-8"?>\n'
    + '<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">\n'
    + `  <vosi:available>${available}</vosi:available>\n${upSince}`
    + (note === null ? '' : `  <vosi:note>${escapeXml(note)}</vosi:note>\n`)
    + '</vosi:availability>\n'
}
