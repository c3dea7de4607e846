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

test('while wrong answers are held, the right one is told at once', async () => {
  const held = Array.from({ length: 40 }, () => attempts.attempt('a', 'pi', wrong))
  await expect.poll(() => waits.length).toBe(40)
  expect(await attempts.attempt('a', 'pi', right)).toBe(true)
  expect(waits.length).toBe(40)
  for (const { go } of waits) go()
  expect(new Set(await Promise.all(held))).toEqual(new Set([false]))
})

test('who guesses on and on is let in by the second, and refused when that is far away; others are not', async () => {
  for (let i = 0; i < 60; i++) await fail('a', 'pi')
  const paused: Promise<boolean>[] = []
  for (let i = 0; i < 3; i++) paused.push(attempts.attempt('a', 'pi', wrong))
  expect(waits.slice(-3).map(({ ms }) => ms)).toEqual([1000, 2000, 3000])
  await expect(attempts.attempt('a', 'pi', right)).rejects.toMatchObject({ code: 'too_many_attempts', status: 429 })
  expect(await attempts.attempt('b', 'pi', right)).toBe(true)
  expect(await attempts.attempt('a', 'other', right)).toBe(true)
  now += 1000
  const late = attempts.attempt('a', 'pi', right)
  expect(waits.at(-1)?.ms).toBe(3000)
  for (let i = 0; i < 8; i++) {
    for (const { go } of waits) go()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect([await late, ...await Promise.all(paused)]).toEqual([true, false, false, false])
})

test('one that asks for much does not starve others: sources take turns, and so do names of one source', async () => {
  const order: string[] = []
  const open: (() => void)[] = []
  const check = (label: string) => () => new Promise<boolean>((resolve) => {
    order.push(label)
    open.push(() => resolve(true))
  })
  const all = [
    ...Array.from({ length: 6 }, (_, i) => attempts.attempt('a', 'pi', check(`a pi ${i}`))),
    attempts.attempt('a', 'other', check('a other')), attempts.attempt('b', 'pi', check('b pi')),
  ]
  for (let i = 0; i < 8; i++) {
    await expect.poll(() => open.length).toBeGreaterThan(0)
    open.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(new Set(await Promise.all(all))).toEqual(new Set([true]))
  expect(order).toEqual(['a pi 0', 'a pi 1', 'a pi 2', 'b pi', 'a other', 'a pi 3', 'a pi 4', 'a pi 5'])
})

test('a crowd from one place is told that it is too much', async () => {
  const slow: (() => void)[] = []
  const check = () => new Promise<boolean>((resolve) => slow.push(() => resolve(true)))
  const many = Array.from({ length: 64 }, (_, i) => attempts.attempt('a', `n${i}`, check))
  await expect(attempts.attempt('a', 'n99', check)).rejects.toMatchObject({ code: 'overloaded' })
  for (let i = 0; i < 64; i++) {
    await expect.poll(() => slow.length).toBeGreaterThan(0)
    slow.shift()?.()
  }
  expect(new Set(await Promise.all(many))).toEqual(new Set([true]))
})
