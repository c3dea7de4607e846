/**
 * FNV-1a, 64 bits, of UTF-8 text: short names for key values and rule sets. Not for security: whoever
 * finds something by it compares the values too. Fowler, Noll, Vo; draft-eastlake-fnv-21 §2.
 */
const bytesOf = new TextEncoder()

/** 16 lower-case hexadecimal digits. */
export function fnv64(text: string): string {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of bytesOf.encode(text)) {
    low = (low ^ byte) >>> 0
    // The prime is 2^40 + 0x1b3; the product of the low half stays below 2^53.
    const product = low * 0x1b3
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0
    low = product >>> 0
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}
