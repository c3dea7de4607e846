import { expect, test } from 'vitest'
import { openSkyFunction, SKY_FUNCTIONS } from '../../src/sky/functions.ts'

const call = (name: string, ...args: unknown[]) => openSkyFunction(SKY_FUNCTIONS.find((sky) => sky.name === name)!)(args)

test.each([
  ['quipu_contains', ['CIRCLE 1 2 3', '1 2'], true], ['quipu_intersects', ['CIRCLE 1 2 3', 'CIRCLE 20 2 3'], false], ['quipu_area', ['POSITION 1 2'], 0],
  ['quipu_overlap', ['CIRCLE 1 2 3', 'CIRCLE 20 2 3'], 0], ['quipu_distance', ['POSITION J2000 10 0', 'CIRCLE ICRS 15 0 1'], 4], ['quipu_centroid', ['CIRCLE 1 2 3'], 'POSITION ICRS 1 2'],
  ['quipu_coord1', ['POSITION J2000 10 -20'], 10], ['quipu_coord2', ['POSITION J2000 10 -20'], -20], ['quipu_coord1', ['CIRCLE 1 2 3'], null],
  ['quipu_shape', ['POINT', '12.3 45.6'], 'POSITION J2000 12.3 45.6'], ['quipu_shape', ['CIRCLE', '12.3 45.6'], null], ['quipu_shape', ['CIRCLE', 'abc'], null],
  ['quipu_transform', ['ICRS', 'FK5', 'CIRCLE 1 2 3'], 'CIRCLE J2000 1 2 3'], ['quipu_healpix', [17, 1, 1], 81609757711n], ['quipu_healpix', [30, 1, 1], null], ['quipu_healpix', [1, 1, 91], null],
  ['quipu_healpix_center', [0, 6n], 'POSITION ICRS 180 0'], ['quipu_healpix_center', [0, 12n], null], ['quipu_healpix_center', [0, -1n], null],
  ['quipu_epoch_prop', [10, 20, null, null, null, null, 2000, 2100], 'POSITION ICRS 10 20'], ['quipu_epoch_prop', [null, 20, 1, 1, 1, 1, 2000, 2100], null], ['quipu_epoch_prop', [1, 99, 1, 1, 1, 1, 2000, 2100], null],
] as const)('%s of %o is %s', (name, args, expected) => {
  const given = call(name, ...args)
  if (typeof expected === 'number') expect(given).toBeCloseTo(expected, 9)
  else if (typeof expected === 'string') expect(String(given).replace(/(\d+\.\d{9})\d*/g, (_, x) => String(Number(x)))).toBe(expected)
  else expect(given).toBe(expected)
})

test('what is null or no region gives null, never an end', () => {
  for (const sky of SKY_FUNCTIONS) {
    const run = openSkyFunction(sky)
    expect(run(sky.args.map(() => null))).toBeNull()
    const words = sky.args.map((type) => ({ region: 'no region', text: 'ICRS', double: 1, integer: 1, long: 1n, boolean: true })[type])
    if (sky.args.includes('region')) expect(run(words)).toBeNull()
  }
})
