/** The functions of the schema `quipu` against those of @quipu/vo/sky that they repeat. */
import { areaSqDeg, contains, healpixIndex, intersects, openSkyFunction, overlapSqDeg, parseRegion, regionDistanceDeg, SKY_FUNCTIONS } from '@quipu/vo/sky'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPostgresColumns } from '../../src/stores/postgres-columns.ts'
import { PUBLIC_TABLE } from '../support/columns.ts'
import { describePostgres, startPostgres } from '../support/postgres.ts'
import type { PostgresServer } from '../support/postgres.ts'

/** Numbers that look random and are the same in every run. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

type Place = readonly [ra: number, dec: number]

/** The place at a distance (degrees) and a direction from another. */
function away([ra, dec]: Place, distance: number, direction: number): Place {
  const [r, d, t] = [ra, dec, distance].map((x) => x * Math.PI / 180) as [number, number, number]
  const sin = Math.sin(d) * Math.cos(t) + Math.cos(d) * Math.sin(t) * Math.cos(direction)
  const east = Math.atan2(Math.sin(direction) * Math.sin(t) * Math.cos(d), Math.cos(t) - Math.sin(d) * sin)
  const to = (r + east) * 180 / Math.PI
  return [(to + 720) % 360, Math.asin(Math.max(-1, Math.min(1, sin))) * 180 / Math.PI]
}

/** Shapes of one size near one place, so that many of them touch, hold and cross each other. */
function shapeNear(next: () => number, centre: Place, size: number): string {
  const at = away(centre, size * 1.5 * next(), 7 * next())
  const pair = (place: Place) => place.join(' ')
  switch (Math.floor(next() * 6)) {
    case 0: return `POSITION J2000 ${pair(at)}`
    case 1: return `CIRCLE ICRS ${pair(at)} ${size * next()}`
    case 2: return `BOX ICRS ${pair(at)} ${Math.min(170, size * (0.1 + next()))} ${Math.min(170, size * (0.1 + next()))}`
    case 3: {
      const parts = [shapeNear(next, centre, size), shapeNear(next, centre, size)].map((part) => part.replace(/ (ICRS|J2000)/g, ''))
      return `UNION ICRS ( ${parts.join(' ')} )`
    }
    default: {
      const count = 3 + Math.floor(next() * 6)
      const corners = Array.from({ length: count }, (_, i) => away(at, size * (0.2 + 0.8 * next()), (i + 0.8 * next()) / count * 2 * Math.PI))
      return `POLYGON J2000 ${(next() < 0.5 ? corners : corners.reverse()).map(pair).join(' ')}`
    }
  }
}

describePostgres('regions', () => {
  let server: PostgresServer
  let client: Client
  beforeAll(async () => {
    server = await startPostgres()
    const url = await server.freshUrl()
    const columns = await openPostgresColumns({ url, stored: [PUBLIC_TABLE], connections: 1, statementSeconds: 60 })
    await columns.close()
    client = new Client({ connectionString: url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await server.stop()
  })

  async function answers(pairs: readonly (readonly [string, string])[]): Promise<unknown[][]> {
    const asked = await client.query<unknown[]>({
      text: `select quipu.contains(a, b), quipu.intersects(a, b), quipu.area(a) from unnest($1::text[], $2::text[]) with ordinality t(x, y, n),
        lateral (select quipu.region_of(x) as a, quipu.region_of(y) as b) r order by n`,
      values: [pairs.map(([a]) => a), pairs.map(([, b]) => b)], rowMode: 'array',
    })
    return asked.rows
  }

  test.each([1e-5, 0.01, 1, 30, 80, 150])('random shapes of %d degrees', async (size) => {
    const next = random(size * 1e6)
    const pairs: [string, string][] = []
    for (let i = 0; i < 40; i++) {
      // Poles and RA 0 often.
      const centre: Place = [[0, 359.999999, 360 * next()][i % 3] ?? 0, [90, -90, 0, Math.asin(2 * next() - 1) * 180 / Math.PI][i % 4] ?? 0]
      const shapes = Array.from({ length: 4 }, () => shapeNear(next, centre, size))
      for (const a of shapes) for (const b of shapes) pairs.push([a, b])
    }
    const found = await answers(pairs)
    const seen = { contains: 0, intersects: 0 }
    for (const [i, [a, b]] of pairs.entries()) {
      const [one, other] = [parseRegion(a), parseRegion(b)]
      const expected = [contains(one, other), intersects(one, other)]
      expect(found[i]?.slice(0, 2), `${a} | ${b}`).toEqual(expected)
      expect(Math.abs(Number(found[i]?.[2]) - areaSqDeg(one)), a).toBeLessThanOrEqual(1e-9 * Math.max(1e-12, areaSqDeg(one)) + 1e-12)
      if (expected[0]) seen.contains++
      if (expected[1]) seen.intersects++
    }
    // Neither answer is rare.
    expect(seen.contains).toBeGreaterThan(pairs.length * 0.2)
    expect(seen.intersects).toBeLessThan(pairs.length * 0.98)
  })

  test.each([1e-5, 0.01, 1, 30, 80, 150])('distance, overlap and middle of random shapes of %d degrees', async (size) => {
    const next = random(size * 1e6 + 1)
    const centroid = openSkyFunction(SKY_FUNCTIONS.find(({ name }) => name === 'quipu_centroid')!)
    const pairs: [string, string][] = []
    for (let i = 0; i < 60; i++) {
      const centre: Place = [[0, 359.999999, 360 * next()][i % 3] ?? 0, [90, -90, 0, Math.asin(2 * next() - 1) * 180 / Math.PI][i % 4] ?? 0]
      pairs.push([shapeNear(next, centre, size), shapeNear(next, centre, size)], [shapeNear(next, centre, size), shapeNear(next, [centre[0], -centre[1] / 2], size / 2)])
    }
    const { rows } = await client.query<{ d: number; o: number; m: string | null; x: number | null }>(`
      select quipu.distance(a, b) as d, quipu.overlap(a, b) as o, quipu.position_text(quipu.middle_of(a)) as m, quipu.coordinate(a, 1) as x
      from unnest($1::text[], $2::text[]) with ordinality t(x, y, n), lateral (select quipu.region_of(x) as a, quipu.region_of(y) as b) r order by n`,
    [pairs.map(([a]) => a), pairs.map(([, b]) => b)])
    for (const [i, [a, b]] of pairs.entries()) {
      const [one, other] = [parseRegion(a), parseRegion(b)]
      const row = rows[i]!
      const why = `${a} | ${b}`
      expect(Math.abs(row.d - regionDistanceDeg(one, other)), why).toBeLessThan(1e-10)
      const overlap = overlapSqDeg(one, other)
      expect(Math.abs(row.o - overlap), why).toBeLessThanOrEqual(1e-8 * overlap + 1e-10 * size)
      expect(row.x, why).toBe(one.kind === 'point' ? one.raDeg : null)
      const middle = centroid([a])
      if (middle === null) expect(row.m, why).toBeNull()
      else {
        const { rows: [apart] } = await client.query<{ d: number }>('select quipu.distance(quipu.region_of($1), quipu.region_of($2)) as d', [row.m, middle])
        expect(apart?.d, why).toBeLessThan(1e-9)
      }
    }
  })

  test('HEALPix cells of every order', async () => {
    const next = random(29)
    const places = Array.from({ length: 3000 }, (_, i): [number, number, number] => [
      i % 30, [360 * next(), 90 * Math.floor(next() * 4), 45 * Math.floor(next() * 8), -720 * next()][i % 4] ?? 0,
      [Math.asin(2 * next() - 1) * 180 / Math.PI, 90 - 1e-7 * next(), -90, 0, Math.asin(2 / 3) * 180 / Math.PI][i % 5] ?? 0])
    const { rows } = await client.query<{ cell: string }>('select quipu.healpix(o, x, y)::text as cell from unnest($1::int[], $2::float8[], $3::float8[]) with ordinality t(o, x, y, n) order by n',
      [0, 1, 2].map((k) => places.map((place) => place[k])))
    const different = places.filter(([order, ra, dec], i) => String(healpixIndex(order, ra, dec)) !== rows[i]?.cell)
    // A sine that differs in its last bit may put a place on the border of cells of the deepest orders into the next one.
    expect(different.filter(([order]) => order < 20)).toEqual([])
    expect(different.length).toBeLessThan(30)
  })

  /** What one of @quipu/vo/sky gives, by name. */
  const skyOf = (name: string) => openSkyFunction(SKY_FUNCTIONS.find((sky) => sky.name === name)!)
  /** Texts with the same words, and numbers that differ by less than a rounding. */
  function expectAlike(given: unknown, expected: unknown, why: string): void {
    const [a, b] = [given, expected].map((text) => text === null ? ['null'] : String(text).split(' '))
    expect(a?.length, `${why}: ${String(given)} not ${String(expected)}`).toBe(b?.length)
    for (const [i, word] of (b ?? []).entries()) {
      const number = Number(word)
      if (Number.isNaN(number)) expect(a?.[i], why).toBe(word)
      // Right ascensions meet at 360 degrees.
      else expect(Math.abs((Number(a?.[i]) - number + 180) % 360 - 180), `${why}: ${String(given)} not ${String(expected)}`).toBeLessThan(1e-9)
    }
  }

  test('shapes in other systems, and as text', async () => {
    const next = random(31)
    const systems = ['ICRS', 'FK5', 'FK4', 'GALACTIC']
    const asked = Array.from({ length: 400 }, (_, i): [string, string, string] => [
      systems[i % 4]!, systems[Math.floor(i / 4) % 4]!,
      shapeNear(next, [360 * next(), Math.asin(2 * next() - 1) * 170 / Math.PI], [1e-4, 1, 20][i % 3]!)])
    const { rows } = await client.query<{ text: string }>(`select quipu.transform(f, t, quipu.region_of(s)) as text
      from unnest($1::text[], $2::text[], $3::text[]) with ordinality u(f, t, s, n) order by n`, [0, 1, 2].map((k) => asked.map((row) => row[k])))
    const transform = skyOf('quipu_transform')
    for (const [i, row] of asked.entries()) expectAlike(rows[i]?.text, transform(row), row.join(' '))
  })

  test('numbers are written as they are elsewhere', async () => {
    const numbers = [0, -0, 1, 10, 359.99999999999994, 1e-4, 0.00001234, 1e-6, 1.5e-7, 5e-324, -1e-5, 0.1, 1 / 3]
    const { rows } = await client.query<{ text: string }>('select quipu.digits_of(x) as text from unnest($1::float8[]) with ordinality u(x, n) order by n', [numbers])
    expect(rows.map(({ text }) => text)).toEqual(numbers.map(String))
  })

  test('centres of cells, and stars that move', async () => {
    const next = random(37)
    const cells = Array.from({ length: 600 }, (_, i): [number, string] =>
      [i % 30, String(BigInt(Math.floor(next() * 2 ** 30)) * (12n << BigInt(2 * (i % 30))) / 2n ** 30n)])
    const wrong: [number, string][] = [[30, '0'], [-1, '0'], [0, '12'], [3, '-1'], [29, String(12n << 58n)]]
    const found = await client.query<{ text: string | null }>(`select quipu.healpix_center(o, c) as text from unnest($1::int[], $2::bigint[])
      with ordinality u(o, c, n) order by n`, [0, 1].map((k) => [...cells, ...wrong].map((cell) => cell[k])))
    const center = skyOf('quipu_healpix_center')
    for (const [i, [order, cell]] of [...cells, ...wrong].entries()) {
      expectAlike(found.rows[i]?.text, center([order, BigInt(cell)]), `${order} ${cell}`)
    }
    const star = (): (number | null)[] => [360 * next(), 180 * next() - 90, 300 * next() - 20, 4000 * next() - 2000, 4000 * next() - 2000, 400 * next() - 200, 1991.25, 2100 * next()]
    const stars = Array.from({ length: 200 }, star)
    stars.push([10, 90.5, 1, 1, 1, 1, 2000, 2010], [0, 90, 0, 10, 10, 0, 2000, 2001], [0, 0, 1e-310, 1e-200, 1e-200, 1e-310, 2000, 2000])
    const moved = await client.query<{ text: string | null }>(`select quipu.epoch_prop(a, b, c, d, e, f, g, h) as text from unnest(${
      Array.from({ length: 8 }, (_, i) => `$${i + 1}::float8[]`).join(', ')}) with ordinality u(a, b, c, d, e, f, g, h, n) order by n`,
    Array.from({ length: 8 }, (_, k) => stars.map((row) => row[k])))
    const prop = skyOf('quipu_epoch_prop')
    for (const [i, row] of stars.entries()) expectAlike(moved.rows[i]?.text, prop(row), row.join(' '))
  })

  const SQUARE = 'POLYGON 0 0 4 0 4 4 0 4'
  const TILES = 'UNION ( POLYGON 0 0 2 0 2 4 0 4 POLYGON 2 0 4 0 4 4 2 4 )'
  const FRAME = 'UNION ( BOX 0 2 6 1 BOX 0 -2 6 1 BOX 2 0 1 6 BOX -2 0 1 6 )'
  test('edges that are met exactly', async () => {
    const pairs: [string, string][] = [
      ['CIRCLE 0 0 1', '1 0'], ['CIRCLE 0 0 1', '1.0000001 0'], ['POLYGON 0 80 90 80 180 80 270 80', '45 90'], [SQUARE, '2 0'], [SQUARE, '0 0'], [SQUARE, '2 -0.0000001'],
      ['POLYGON 0 0 4 0 0 4 4 4', '2 1'], ['POLYGON 0 0 4 0 0 4 4 4', '1 2'], ['CIRCLE 5 5 180', '77 -88'], ['CIRCLE 5 5 0', '5 5'], ['10 20', '10 20'],
      ['CIRCLE 0 0 1', 'CIRCLE 2 0 1'], ['BOX 0 0 2 2', 'BOX 2 0 2 2'], ['BOX 0 0 2 2', 'BOX 2.1 0 2 2'], ['BOX 0 0 10 1', 'BOX 0 0 1 10'],
      [SQUARE, SQUARE], [SQUARE, 'POLYGON 4 4 4 0 0 0 0 4'], [SQUARE, 'POLYGON 0 0 4 0 4 4'], ['CIRCLE 0 0 2', 'CIRCLE 1 0 1'], ['CIRCLE 0 0 2', 'CIRCLE 1 0 1.0000001'],
      ['CIRCLE 0 0 120', 'BOX 180 0 2 2'], ['CIRCLE 0 0 180', SQUARE], [SQUARE, 'CIRCLE 180 0 179'], ['CIRCLE 10 20 3', 'CIRCLE 10 20 3'], ['0 0', 'CIRCLE 0 0 1'],
      [TILES, 'POLYGON 0.5 0.5 3.5 0.5 3.5 3.5 0.5 3.5'], [TILES, 'CIRCLE 2 2 1.5'], [TILES.replace('2 4 0 4', '1.99999 4 0 4'), 'CIRCLE 2 2 1.5'],
      [FRAME, 'CIRCLE 0 0 1.8'], [FRAME, 'BOX 0 0 3.5 3.5'], ['UNION ( CIRCLE 0 0.5 1 CIRCLE 0.4 -0.3 1 CIRCLE -0.4 -0.3 1 )', 'CIRCLE 0 0 0.6'],
      ['POLYGON 0 0 120 0 240 0', '0 45'], ['POLYGON 0 10 120 10 240 10', '0 45'], ['POLYGON 0 10 120 10 240 10', '0 -45'],
    ]
    const both = pairs.flatMap(([a, b]) => [[a, b], [b, a]] as const)
    const found = await answers(both)
    for (const [i, [a, b]] of both.entries()) {
      expect(found[i]?.slice(0, 2), `${a} | ${b}`).toEqual([contains(parseRegion(a), parseRegion(b)), intersects(parseRegion(a), parseRegion(b))])
    }
  })

  test('what is read as a region, and what is not', async () => {
    const texts = [
      '', ' ', 'nonsense', 'CIRCLE', 'CIRCLE 1 2', 'CIRCLE 1 2 3 4', 'CIRCLE 1 2 -3', 'CIRCLE 1 2 181', 'circle icrs 1 2 3 unit deg', 'CIRCLE FK4 1 2 3', 'CIRCLE GALACTIC 1 2 3',
      'POSITION ICRS TOPOCENTER SPHERICAL2 1 2', 'Point 1,2', '1 2', '1 2 3', '1 2 3 4', '1 2 3 4 5 6', '1 2 3 4 5 6 7', 'POLYGON 1 2 3 4', 'POLYGON 1 2 3 4 5 96', 'POLYGON 0 0 180 0 90 1',
      'UNION ( )', 'UNION ICRS ( CIRCLE 1 2 3 )', 'UNION ( CIRCLE 1 2 3', 'UNION CIRCLE 1 2 3', 'UNION ( CIRCLE 1 2 3 ) )', 'UNION ( UNION ( 1 2 ) )', 'UNION ( UNION ( POSITION 1 2 ) CIRCLE 1 2 3 )',
      'CIRCLE 1 2 3 CIRCLE 1 2 3', 'CIRCLE 1 2 1e-400', 'CIRCLE 1e999 2 3', 'CIRCLE NaN 2 3', 'CIRCLE 1e2 +.5 5.', 'CIRCLE -370 2 3', 'CIRCLE 1e12 2 3', 'POSITION 1e-200 1e-200', 'BOX 1 2 0 3', 'BOX 1 2 1e-40 1e-40',
      'POLYGON 1 1 1 1 1 1', 'POLYGON 1 1 1 1 2 2', 'POLYGON 1 1 2 2 1 1 2 2', 'POLYGON 1e-200 0 1e-250 1e-200 1e-100 1e-300', 'CIRCLE 10 20 1; drop table', "CIRCLE 1 2 '3'", 'MOC 3/1',
    ]
    const found = await client.query<{ is: boolean }>(`select quipu.contains(quipu.region_of(t), quipu.region_of('POSITION 1 2')) is not null as is
      from unnest($1::text[]) with ordinality u(t, n) order by n`, [texts])
    for (const [i, text] of texts.entries()) expect(found.rows[i]?.is, text).toBe(isRegion(text))
  })

  test('tiny differences do not fail', async () => {
    const tiny = ['POSITION 1e-200 0', 'POSITION 1e-310 1e-310', 'CIRCLE 0 1e-200 1e-250', 'POLYGON 1e-200 0 1 0 0 1e-160', 'BOX 0 1e-170 1e-60 1e-60', 'POSITION 0 0', 'CIRCLE 90 0 1e-20', 'POLYGON 90 0 90 1e-20 270 89']
    const found = await answers(tiny.flatMap((a) => tiny.map((b) => [a, b] as const)))
    expect(found.flat().every((value) => value !== null)).toBe(true)
  })
})

function isRegion(text: string): boolean {
  try {
    parseRegion(text)
    return true
  } catch {
    return false
  }
}
