import { beforeEach, expect, test } from 'vitest'
import { openAttempts } from '../../src/auth/attempts.ts'
import type { Attempts } from '../../src/auth/attempts.ts'

let now = 0
let waits: { ms: number; go: () => void }[] = []
let attempts: Attempts
const wrong = async () => false
const right = async () => true

beforeEach(() => {
  now = 0
  waits = []
  attempts = openAttempts(() => now, (ms) => new Promise((go) => waits.push({ ms, go })))
})

const fail = async (source: string, name: string): Promise<number> => {
  const before = waits.length
  const attempt = attempts.attempt(source, name, wrong)
  await new Promise((resolve) => setImmediate(resolve))
  const [held] = waits.slice(before)
  held?.go()
  expect(await attempt).toBe(false)
  return held?.ms ?? -1
}

test('a wrong answer takes longer each time, and is forgotten after a while', async () => {
  const delays: number[] = []
  for (let i = 0; i < 10; i++) delays.push(await fail('a', 'pi'))
  expect(delays).toEqual([0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000])
  now += 15 * 60_000
  expect(await fail('a', 'pi')).toBe(0)
})

test('guessing one name from many places is as slow', async () => {
  for (let i = 0; i < 5; i++) await fail(`source ${i}`, 'pi')
  expect(await fail('another', 'pi')).toBe(1000)
})

test('a right password is answered at once, however many wrong ones came', async () => {
  for (let i = 0; i < 8; i++) await fail('a', 'pi')
  const before = waits.length
  expect(await attempts.attempt('b', 'pi', right)).toBe(true)
  expect(waits.length).toBe(before)
})

test('while wrong answers are held, more tries are refused', async () => {
  const held = Array.from({ length: 4 }, () => attempts.attempt('a', 'pi', wrong))
  await new Promise((resolve) => setImmediate(resolve))
  await expect(attempts.attempt('a', 'pi', right)).rejects.toMatchObject({ code: 'too_many_attempts', status: 429 })
  expect(await attempts.attempt('b', 'pi', right)).toBe(true)
  for (const { go } of waits) go()
  expect(await Promise.all(held)).toEqual([false, false, false, false])
  expect(await attempts.attempt('a', 'pi', right)).toBe(true)
})

test('a crowd from one place is told that it is too much', async () => {
  const slow: (() => void)[] = []
  const check = () => new Promise<boolean>((resolve) => slow.push(() => resolve(true)))
  const many = Array.from({ length: 16 }, (_, i) => attempts.attempt('a', `n${i}`, check))
  await expect(attempts.attempt('a', 'n99', check)).rejects.toMatchObject({ code: 'overloaded' })
  for (let i = 0; i < 16; i++) {
    await expect.poll(() => slow.length).toBeGreaterThan(0)
    slow.shift()?.()
  }
  expect(new Set(await Promise.all(many))).toEqual(new Set([true]))
})
