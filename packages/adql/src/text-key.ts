/**
 * A number for a text, by which a database finds candidates of an equality in a column of integers, several
 * times faster than by comparing texts: equal texts have equal keys, with and without regard to case.
 */

/** Of what other texts may be equal to in a way of their own: it is always a candidate. */
export const ANY_TEXT = -1

/** From 0 to 2^31 - 1; `ANY_TEXT` where a sign beyond ASCII might fold into another (FNV-1a of 32 bits). */
export function textKey(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127 || code < 32) return ANY_TEXT
    const folded = code >= 65 && code <= 90 ? code + 32 : code
    hash = Math.imul(hash ^ folded, 0x01000193)
  }
  return hash >>> 1
}
