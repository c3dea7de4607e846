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
  const since = upSinceMs === null ? null : new Date(upSinceMs).toISOString()
  return '<?xml version="1.0" encoding="UTF-8"?>\n'
    + '<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">\n'
    + `  <vosi:available>${available}</vosi:available>\n`
    + (since === null ? '' : `  <vosi:upSince>${since}</vosi:upSince>\n`)
    + (note === null ? '' : `  <vosi:note>${escapeXml(note)}</vosi:note>\n`)
    + '</vosi:availability>\n'
}
