/** Units of measure and their conversion: VOUnits 1.0 §2 (symbols, prefixes, syntax), a useful part of it. */

/** A unit as so many of the base units to some powers. */
export interface Unit {
  /** The factor to the base units, as a fraction, so that 1 deg is 3600 arcsec exactly. */
  readonly over: number
  readonly under: number
  /** Powers of the base units by their symbols; none is 0. */
  readonly powers: ReadonlyMap<string, number>
}

export const NO_UNIT: Unit = { over: 1, under: 1, powers: new Map() }

const PREFIXES: Readonly<Record<string, number>> = {
  y: -24, z: -21, a: -18, f: -15, p: -12, n: -9, u: -6, m: -3, c: -2, d: -1, da: 1, h: 2, k: 3, M: 6, G: 9,
  T: 12, P: 15, E: 18, Z: 21, Y: 24,
}

/**
 * Symbols, with what each is: over, under, powers of base units. Angles are in degrees, so that the factors
 * between deg, arcmin and arcsec are exact. Counts of things are bases of their own: an adu is no photon.
 */
const BASE_TEXT = 'm|g|s|A|K|mol|cd|deg|mag|ct|count=ct|photon|ph=photon|pix|pixel=pix|adu|electron|voxel'
  + '|bin|chan|beam|bit'
const DERIVED: readonly (readonly [symbol: string, over: number, under: number, of: string])[] = [
  ['rad', 180 / Math.PI, 1, 'deg'], ['sr', (180 / Math.PI) ** 2, 1, 'deg2'], ['Hz', 1, 1, 's-1'],
  ['N', 1000, 1, 'g m s-2'], ['Pa', 1000, 1, 'g m-1 s-2'], ['J', 1000, 1, 'g m2 s-2'],
  ['W', 1000, 1, 'g m2 s-3'], ['C', 1, 1, 'A s'], ['V', 1000, 1, 'g m2 s-3 A-1'],
  ['S', 1, 1000, 'g-1 m-2 s3 A2'], ['F', 1, 1000, 'g-1 m-2 s4 A2'], ['Wb', 1000, 1, 'g m2 s-2 A-1'],
  ['T', 1000, 1, 'g s-2 A-1'], ['H', 1000, 1, 'g m2 s-2 A-2'], ['Ohm', 1000, 1, 'g m2 s-3 A-2'],
  ['lm', 180 * 180, Math.PI * Math.PI, 'cd deg2'], ['lx', 180 * 180, Math.PI * Math.PI, 'cd deg2 m-2'],
  ['arcmin', 1, 60, 'deg'], ['arcsec', 1, 3600, 'deg'], ['as', 1, 3600, 'deg'],
  ['a', 31_557_600, 1, 's'], ['yr', 31_557_600, 1, 's'],
  ['eV', 1.602176634e-16, 1, 'g m2 s-2'], ['pc', 3.0856775814913673e16, 1, 'm'], ['Jy', 1, 1e23, 'g s-2'],
  ['G', 1, 10, 'g s-2 A-1'], ['barn', 1, 1e28, 'm2'], ['R', 1e10 * 180 * 180, 4 * Math.PI ** 3,
    'photon m-2 s-1 deg-2'], ['byte', 8, 1, 'bit'], ['B', 8, 1, 'bit'], ['D', 1e-20, 2997924580, 'A s m'],
]
/** Those that take no prefix. */
const WHOLE: typeof DERIVED = [
  ['min', 60, 1, 's'], ['h', 3600, 1, 's'], ['d', 86_400, 1, 's'], ['cy', 3_155_760_000, 1, 's'],
  ['Ba', 31_556_925.9747, 1, 's'], ['ta', 31_556_925.9747, 1, 's'],
  ['AU', 149_597_870_700, 1, 'm'], ['au', 149_597_870_700, 1, 'm'], ['lyr', 9_460_730_472_580_800, 1, 'm'],
  ['Angstrom', 1, 1e10, 'm'], ['angstrom', 1, 1e10, 'm'], ['erg', 1, 1e4, 'g m2 s-2'],
  ['Ry', 2.1798723611035e-15, 1, 'g m2 s-2'], ['u', 1.66053906660e-24, 1, 'g'],
  ['solMass', 1.988409870698051e33, 1, 'g'], ['solLum', 3.828e29, 1, 'g m2 s-3'],
  ['solRad', 695_700_000, 1, 'm'], ['%', 1, 100, ''], ['hourangle', 15, 1, 'deg'],
  ['earthMass', 5.972167867791379e27, 1, 'g'], ['jupiterMass', 1.8981245973360505e30, 1, 'g'],
  ['earthRad', 6_378_100, 1, 'm'], ['jupiterRad', 71_492_000, 1, 'm'],
]

const SYMBOLS = new Map<string, Unit>()
const PREFIXED = new Set<string>()
for (const part of BASE_TEXT.split('|')) {
  const [symbol = part, base = symbol] = part.split('=')
  SYMBOLS.set(symbol, { over: 1, under: 1, powers: new Map([[base, 1]]) })
  PREFIXED.add(symbol)
}
for (const [list, takesPrefix] of [[DERIVED, true], [WHOLE, false]] as const) {
  for (const [symbol, over, under, of] of list) {
    const parts = of.split(' ').filter((part) => part !== '')
    const powers = parts.map((part): [string, number] => {
      const [, base = '', power = '1'] = /^([A-Za-z]+)(-?\d+)?$/.exec(part) ?? []
      return [base, Number(power)]
    })
    SYMBOLS.set(symbol, { over, under, powers: new Map(powers) })
    if (takesPrefix) PREFIXED.add(symbol)
  }
}

/** One symbol, with a prefix perhaps: an exact name counts before a prefix, as `cd` and `Pa` do. */
function symbolUnit(text: string): Unit | undefined {
  const known = SYMBOLS.get(text)
  if (known !== undefined) return known
  for (const length of [2, 1]) {
    const [prefix, rest] = [text.slice(0, length), text.slice(length)]
    const exponent = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined
    const unit = PREFIXED.has(rest) ? SYMBOLS.get(rest) : undefined
    if (exponent === undefined || unit === undefined) continue
    return exponent < 0 ? { ...unit, under: unit.under * 10 ** -exponent }
      : { ...unit, over: unit.over * 10 ** exponent }
  }
  const binary = /^([KMGTPE])i(bit|byte|B)$/.exec(text)
  const bits = binary?.[2] === undefined ? undefined : SYMBOLS.get(binary[2])
  if (bits === undefined) return undefined
  return { ...bits, over: bits.over * 1024 ** (1 + 'KMGTPE'.indexOf(binary?.[1] ?? 'K')) }
}

export function multiplied(a: Unit, b: Unit): Unit {
  const powers = new Map(a.powers)
  for (const [base, power] of b.powers) {
    const sum = (powers.get(base) ?? 0) + power
    if (Math.abs(sum) < 1e-9) powers.delete(base)
    else powers.set(base, sum)
  }
  return { over: a.over * b.over, under: a.under * b.under, powers }
}

export function raised({ over, under, powers }: Unit, power: number): Unit {
  const raisedPowers = [...powers].map(([base, of]): [string, number] => [base, of * power])
  const [a, b] = [over ** Math.abs(power), under ** Math.abs(power)]
  const kept = new Map(raisedPowers.filter(([, of]) => Math.abs(of) > 1e-9))
  return power < 0 ? { over: b, under: a, powers: kept } : { over: a, under: b, powers: kept }
}

/** By what a value in one unit is multiplied to be one in the other; undefined when they do not compare. */
export function factorBetween(from: Unit, to: Unit): number | undefined {
  if (from.powers.size !== to.powers.size) return undefined
  for (const [base, power] of from.powers) {
    if (Math.abs((to.powers.get(base) ?? 0) - power) > 1e-9) return undefined
  }
  const factor = (from.over * to.under) / (from.under * to.over)
  return Number.isFinite(factor) && factor > 0 ? factor : undefined
}

const PIECE = /\s*(?:(\*\*|\^|[.*/()])|([A-Za-z%]+)|([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?))/y

/**
 * Reads a unit: `km.s**-1`, `erg/s/cm**2/Angstrom`, `10**-3.Jy`, `m2`, `sqrt(Hz)`; empty text is no unit.
 * Undefined for what is none.
 */
export function parseUnit(text: string): Unit | undefined {
  if (text.length > 200) return undefined
  const pieces: string[] = []
  PIECE.lastIndex = 0
  const trimmed = text.trim()
  while (PIECE.lastIndex < trimmed.length) {
    const found = PIECE.exec(trimmed)
    if (found === null) return undefined
    pieces.push(found[1] ?? found[2] ?? found[3] ?? '')
  }
  if (pieces.length === 0) return NO_UNIT
  const reader: Reader = { pieces, at: 0, depth: 0 }
  const unit = readProduct(reader)
  return reader.at === pieces.length ? unit : undefined
}

interface Reader { readonly pieces: readonly string[]; at: number; depth: number }

function readProduct(reader: Reader): Unit | undefined {
  let unit = reader.pieces[reader.at] === '/' ? NO_UNIT : readPower(reader)
  while (unit !== undefined) {
    const piece = reader.pieces[reader.at]
    if (piece === undefined || piece === ')') return unit
    const divides = piece === '/'
    if (divides || piece === '.' || piece === '*') reader.at += 1
    const next: Unit | undefined = readPower(reader)
    unit = next === undefined ? undefined : multiplied(unit, divides ? raised(next, -1) : next)
  }
  return undefined
}

function readPower(reader: Reader): Unit | undefined {
  const unit = readFactor(reader)
  if (unit === undefined) return undefined
  const piece = reader.pieces[reader.at]
  if (piece === '**' || piece === '^') reader.at += 1
  else if (piece === undefined || !/^[-+]?\d/.test(piece)) return unit
  const power = readExponent(reader)
  return power === undefined || Math.abs(power) > 30 ? undefined : raised(unit, power)
}

/** A number, perhaps a fraction, in parentheses perhaps. */
function readExponent(reader: Reader): number | undefined {
  const isClosed = reader.pieces[reader.at] === '('
  if (isClosed) reader.at += 1
  let power = Number(reader.pieces[reader.at++])
  if (isClosed && reader.pieces[reader.at] === '/') {
    power /= Number(reader.pieces[reader.at + 1])
    reader.at += 2
  }
  if (isClosed && reader.pieces[reader.at++] !== ')') return undefined
  return Number.isFinite(power) ? power : undefined
}

function readFactor(reader: Reader): Unit | undefined {
  const piece = reader.pieces[reader.at++]
  if (piece === undefined) return undefined
  if (piece === '(' || (piece === 'sqrt' && reader.pieces[reader.at] === '(')) {
    if (piece === 'sqrt') reader.at += 1
    if (++reader.depth > 20) return undefined
    const inner = readProduct(reader)
    if (inner === undefined || reader.pieces[reader.at++] !== ')') return undefined
    return piece === 'sqrt' ? raised(inner, 0.5) : inner
  }
  const number = Number(piece)
  if (/^\d/.test(piece)) return number > 0 ? { over: number, under: 1, powers: new Map() } : undefined
  return symbolUnit(piece)
}
