import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { run } from '../support/data-folder.ts'
import {
  anyOf, archiveWith, column, command, filesIn, ingestBySocket, md5, nightOf, serve, truthOf,
} from '../support/processes.ts'
import type { Night, Server } from '../support/processes.ts'

const SIZE = { files: 20, rows: 300 }
const COUNT = SIZE.files + SIZE.rows

/** All that is there of the archive agrees with itself; each night is in it whole or not at all. */
async function checkAgreement(dir: string, server: Server, nights: readonly Night[]): Promise<number[]> {
  const rows = new Set(await column(server.url, 'SELECT dp_id FROM dbo.raw'))
  const truth = truthOf(dir)
  expect([...rows].sort()).toEqual(truth.products)
  expect(filesIn(dir, 'files')).toEqual(truth.keys.map((key) => key.slice(3)))
  expect(readdirSync(dir).filter((name) => /^lock\.|\.partial$/.test(name))).toEqual([])
  return Promise.all(nights.map(async (night) => {
    const there = night.dpIds.filter((dpId) => rows.has(dpId)).length
    expect([0, COUNT]).toContain(there)
    await Promise.all([...night.files].map(async ([dpId, hash]) => {
      const answer = await fetch(`${server.url}/dataPortal/file/${dpId}`)
      const bytes = new Uint8Array(await answer.arrayBuffer())
      expect([answer.status, md5(bytes) === hash]).toEqual(there > 0 ? [200, true] : [404, false])
    }))
    return there
  }))
}

describe('an ingest that is killed', { timeout: 300_000 }, () => {
  test('as a command, at any moment: whole or never begun, and a second try completes it', async () => {
    const dir = await archiveWith()
    const nights = [await nightOf(0, SIZE)]
    const startMs = performance.now()
    expect(await run('ingest', dir, nights[0]?.folder ?? '')).toMatchObject({ code: 0 })
    const wholeMs = performance.now() - startMs
    for (let round = 1; round <= 3; round++) {
      const night = await nightOf(round, SIZE)
      nights.push(night)
      for (let i = 0; i < 2; i++) {
        const ingest = command('ingest', dir, night.folder)
        await Promise.race([sleep(anyOf(0.4, 1.1) * wholeMs), ingest.ended])
        await ingest.kill()
      }
      // The lock is still a dead process's: who starts now takes it over.
      const server = await serve(dir)
      const found = await checkAgreement(dir, server, nights)
      expect(found.slice(0, -1).every((count) => count === COUNT)).toBe(true)
      expect(await run('ingest', dir, night.folder)).toMatchObject({ code: 0, err: '' })
      expect((await checkAgreement(dir, server, nights)).at(-1)).toBe(COUNT)
      await server.kill()
    }
  })

  test('through a running server, at any step: whole or never begun', async () => {
    const dir = await archiveWith()
    const nights: Night[] = []
    let server = await serve(dir)
    const seen = new Set<string>()
    for (const [round, step] of (['reading', 'copying', 'writing', 'writing', 'writing'] as const).entries()) {
      const night = await nightOf(round, SIZE)
      nights.push(night)
      // Frames without a file come first; then some of the files are copied, and some are not yet.
      const at = step === 'writing' ? 0 : Math.floor(anyOf(SIZE.rows + SIZE.files / 2, COUNT - 1))
      const how = await ingestBySocket(dir, night.folder, (progress) => {
        if (progress.step !== step || progress.done < at) return
        // The truth is written in one go: only from outside can it be ended in the middle.
        if (step === 'writing') setTimeout(() => { void server.kill() }, anyOf(0, 80))
        else void server.kill()
      })
      await server.kill()
      if (step === 'copying') expect(filesIn(dir, 'files').length).toBeGreaterThan(truthOf(dir).keys.length)
      server = await serve(dir)
      const count = (await checkAgreement(dir, server, nights)).at(-1)
      if (how === 'done') expect(count).toBe(COUNT)
      seen.add(`${step}: ${how}, ${count}`)
      expect(await run('ingest', dir, night.folder)).toMatchObject({ code: 0, err: '' })
      expect((await checkAgreement(dir, server, nights)).at(-1)).toBe(COUNT)
    }
    expect(await server.stop()).toMatchObject({ code: 0 })
    expect([...seen].some((one) => one.startsWith('reading: broken'))).toBe(true)
    expect([...seen].some((one) => one.startsWith('copying: broken, 0'))).toBe(true)
  })
})
