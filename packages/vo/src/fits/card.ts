/**
 * One 80-character card of a FITS header: keyword, value, comment. FITS 4.0 §4.1 (cards), §4.2 (values),
 * §4.2.1.2 (CONTINUE); ESO's HIERARCH convention, whose keywords are given in their short form.
 */

/** What a card can say. Text has lost its trailing blanks; an integer beyond 2^53 is a bigint. */
export type CardValue = string | number | bigint | boolean | null

/** One keyword record, long strings put together. */
export interface Card {
  /** `MJD-OBS`; of ESO's cards the short form, `DPR.CATG`; of other HIERARCH cards `HIERARCH A B`. */
  readonly keyword: string
  /** Null for commentary and for a keyword without a value. */
  readonly value: CardValue
  /** Of COMMENT, HISTORY and blank cards the text itself. */
  readonly comment: string
  /** The card as it stood, without padding; its CONTINUE cards follow on lines of their own. */
  readonly raw: string
}

const KEYWORD = /^[A-Z0-9_-]{1,8}$/
const INTEGER = /^[+-]?\d+$/
const REAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?$/

/** Reads one card of 80 characters; CONTINUE is left to `readContinue`. Nothing in it is an error. */
export function readCard(text: string): Card {
  const raw = text.trimEnd()
  const name = text.slice(0, 8).trimEnd().toUpperCase()
  if (name === 'HIERARCH') {
    const equals = text.indexOf('=', 8)
    if (equals > 0) {
      return { keyword: shortForm(text.slice(8, equals)), ...readValue(text.slice(equals + 1)), raw }
    }
  } else if (KEYWORD.test(name) && text.slice(8, 10) === '= ' && name !== 'COMMENT' && name !== 'HISTORY') {
    return { keyword: name, ...readValue(text.slice(10)), raw }
  }
  return { keyword: name, value: null, comment: text.slice(8).trim(), raw }
}

/** The card with the text of a CONTINUE card joined to it; undefined when the card does not ask for one. */
export function readContinue(card: Card, text: string): Card | undefined {
  if (typeof card.value !== 'string' || !card.value.endsWith('&')) return undefined
  const more = readValue(text.slice(8))
  if (typeof more.value !== 'string' || !text.slice(8).trimStart().startsWith("'")) return undefined
  return {
    keyword: card.keyword,
    value: card.value.slice(0, -1) + more.value,
    comment: [card.comment, more.comment].filter((part) => part !== '').join(' '),
    raw: `${card.raw}\n${text.trimEnd()}`,
  }
}

/** ` ESO DPR CATG ` → `DPR.CATG`. */
function shortForm(hierarchy: string): string {
  const words = hierarchy.trim().toUpperCase().split(/\s+/)
  if (words[0] === 'ESO' && words.length > 1) return words.slice(1).join('.')
  return ['HIERARCH', ...words].join(' ')
}

function readValue(text: string): { value: CardValue; comment: string } {
  const start = text.trimStart()
  if (start.startsWith("'")) return readString(start)
  const slash = start.indexOf('/')
  const token = (slash < 0 ? start : start.slice(0, slash)).trim()
  return { value: readToken(token), comment: slash < 0 ? '' : start.slice(slash + 1).trim() }
}

/** §4.2.1: a quote in the text is written twice; trailing blanks do not count. */
function readString(text: string): { value: CardValue; comment: string } {
  let at = 1
  let value = ''
  for (;;) {
    const quote = text.indexOf("'", at)
    if (quote < 0) return { value: (value + text.slice(at)).trimEnd(), comment: '' }
    value += text.slice(at, quote)
    at = quote + 1
    if (text[at] !== "'") break
    value += "'"
    at += 1
  }
  const rest = text.slice(at).trim()
  return { value: value.trimEnd(), comment: rest.startsWith('/') ? rest.slice(1).trim() : rest }
}

/** §4.2.2 to §4.2.6. What is no FITS value (`NaN`, a bare date, a complex number) stays the text it is. */
function readToken(token: string): CardValue {
  if (token === '') return null
  if (token === 'T' || token === 'F') return token === 'T'
  if (INTEGER.test(token)) {
    const number = Number(token)
    return Number.isSafeInteger(number) ? number : BigInt(token.replace('+', ''))
  }
  if (!REAL.test(token)) return token
  const number = Number(token.replace(/[dD]/, 'E'))
  return Number.isFinite(number) ? number : token
}
