/** Guessing passwords: one name, many names, many addresses; and who has the right password among it all. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { networkOf, openAttempts } from '../../src/auth/attempts.ts'
import type { Attempts } from '../../src/auth/attempts.ts'
import type { TestArchive } from '../support/archive.ts'
import { makeSmallArchive } from '../support/small.ts'

describe('attempts', () => {
  let waits: { ms: number; go: () => void }[] = []
  let attempts: Attempts
  const wrong = async () => false
  const right = async () => true
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const fail = async (source: string, name: string): Promise<number> => {
    const attempt = attempts.attempt(source, name, wrong)
    await turn()
    const held = waits.pop()
    held?.go()
    expect(await attempt).toBe(false)
    return held?.ms ?? -1
  }

  beforeEach(() => {
    waits = []
    attempts = openAttempts(() => 0, (ms) => new Promise((go) => waits.push({ ms, go })))
  })

  test('one word tried on many names from one address is slowed like many words on one name', async () => {
    const delays: number[] = []
    for (let i = 0; i < 30; i++) delays.push(await fail('192.0.2.1', `person${i}`))
    expect(delays.slice(0, 20)).toEqual(new Array(20).fill(0))
    expect(delays.slice(20)).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000])
    expect(await fail('192.0.2.2', 'person31')).toBe(0)
    expect(await attempts.attempt('192.0.2.1', 'pi', right)).toBe(true)
  })

  test('a machine does not become many by the addresses of its network', async () => {
    for (let i = 0; i < 20; i++) await fail(`2001:db8:1:2::${i.toString(16)}`, `person${i}`)
    expect(await fail('2001:db8:1:2:a:b:c:d', 'person21')).toBe(250)
    expect(await fail('2001:db8:1:3::1', 'person22')).toBe(0)
  })

  test('who was right here before is let in while a crowd guesses names from the same address', async () => {
    expect(await attempts.attempt('192.0.2.1', 'pi', right)).toBe(true)
    for (let i = 0; i < 315; i++) {
      const guess = attempts.attempt('192.0.2.1', `person${i}`, wrong)
      for (let j = 0; j < 3; j++) {
        await turn()
        waits.pop()?.go()
      }
      await guess
    }
    await expect(attempts.attempt('192.0.2.1', 'person999', right)).rejects.toMatchObject({ code: 'too_many_attempts' })
    expect(await attempts.attempt('192.0.2.1', 'pi', right)).toBe(true)
  })

  test.each([
    ['127.0.0.1', '127.0.0.1'], ['::ffff:192.0.2.1', '::ffff:192.0.2.1'], ['::1', '0:0:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'], ['2001:0DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'], ['1:2::', '1:2:0:0::/64'],
  ])('the network of %s is %s', (address, network) => { expect(networkOf(address)).toBe(network) })
})

describe('at the door', () => {
  let server: TestArchive
  beforeAll(async () => { server = await makeSmallArchive() })
  afterAll(() => server.close())
  const signIn = (name: string, password: string) => server.ask('/sso/oidc/token', {
    body: new URLSearchParams({ grant_type: 'password', client_id: 'clientid', username: name, password }).toString(),
  })

  test('an unknown name and a wrong password have one answer', async () => {
    const strip = ({ date: _date, 'x-request-id': _id, ...others }: Record<string, unknown>) => others
    const [wrong, unknown] = [await signIn('visitor', 'guess'), await signIn('nobody', 'guess')]
    expect(wrong.status).toBe(401)
    expect([unknown.status, unknown.body, strip(unknown.headers)]).toEqual([wrong.status, wrong.body, strip(wrong.headers)])
    for (const odd of ['', 'visitor\0', 'VISITOR', ' visitor', 'visitor ', "' or 1=1 --", 'v'.repeat(50_000)]) {
      expect((await signIn(odd, 'visitor-demo')).status).not.toBe(200)
    }
  })

  test('among twenty wrong passwords that are held, and after them, the right one works at once', async () => {
    const wrong = Array.from({ length: 20 }, (_, i) => signIn('delegate', `guess ${i}`))
    await Promise.race(wrong)
    for (const way of ['among', 'after']) {
      const start = performance.now()
      expect((await signIn('delegate', 'delegate-demo')).status).toBe(200)
      expect([way, performance.now() - start < 2_000]).toEqual([way, true])
      expect((await Promise.all(wrong)).map(({ status }) => status)).toEqual(new Array(20).fill(401))
    }
  }, 60_000)

  test('guessing by Basic is slowed like guessing at the form', async () => {
    const ask = (password: string) => server.ask('/', {
      headers: { Authorization: `Basic ${Buffer.from(`visitor:${password}`).toString('base64')}` } })
    for (let i = 0; i < 4; i++) await ask(`guess ${i}`)
    const start = performance.now()
    expect((await ask('guess 5')).status).toBe(401)
    expect(performance.now() - start).toBeGreaterThan(240)
    expect((await ask('visitor-demo')).status).toBe(200)
  }, 30_000)
})
