import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { run } from '../support/data-folder.ts'
import { anyOf, archiveWith, column, command, filesIn, nightOf, serve, truthOf } from '../support/processes.ts'

const FRAMES = 'SELECT dp_id FROM dbo.raw'

describe('a data folder', { timeout: 400_000 }, () => {
  test('has one owner: a second one is refused, with the name of the first', async () => {
    const dir = await archiveWith()
    const first = await serve(dir)
    for (const args of [['serve', dir, '--port', '0'], ['rebuild', dir]]) {
      const second = await run(...args)
      expect(second).toMatchObject({ code: 1, out: '' })
      expect(second.err).toMatch(new RegExp(`^quipu-archive: [^\\n]*process ${first.pid}[^\\n]*owns[^\\n]*\\n$`))
    }
    // Whoever was refused took nothing away.
    expect(JSON.parse(readFileSync(join(dir, 'lock'), 'utf8'))).toMatchObject({ pid: first.pid })
    expect(existsSync(join(dir, 'admin.sock'))).toBe(true)
    const night = await nightOf(0, { files: 2, rows: 5 })
    expect(await column(first.url, FRAMES)).toEqual([])
    expect(await run('ingest', dir, night.folder)).toMatchObject({ code: 0, err: '' })
    expect(await column(first.url, FRAMES)).toHaveLength(7)
    expect(await first.stop()).toMatchObject({ code: 0 })
    expect(readdirSync(dir).filter((name) => /^lock|sock$/.test(name))).toEqual([])
  })

  test('of a dead process goes to exactly one of those who start at once', async () => {
    const dir = await archiveWith()
    for (let round = 0; round < 2; round++) {
      const dead = await serve(dir)
      await dead.kill()
      const tries = await Promise.allSettled(Array.from({ length: 3 }, () => serve(dir)))
      const winners = tries.flatMap((one) => one.status === 'fulfilled' ? [one.value] : [])
      const losers = tries.flatMap((one) => one.status === 'rejected' ? [String(one.reason)] : [])
      expect(winners).toHaveLength(1)
      for (const why of losers) expect(why).toMatch(/ended with 1: quipu-archive: (process \d+ owns|other processes are)/)
      expect(await column(winners[0]?.url ?? '', FRAMES)).toEqual([])
      expect(await winners[0]?.stop()).toMatchObject({ code: 0 })
      expect(readdirSync(dir).filter((name) => name.startsWith('lock'))).toEqual([])
    }
  })

  test('takes a batch in whole when it is ingested while its server starts, or says whose it is', async () => {
    const dir = await archiveWith()
    let count = 0
    const beginMs = performance.now()
    await (await serve(dir)).kill()
    const startMs = performance.now() - beginMs
    for (let round = 0; round < 2; round++) {
      const night = await nightOf(round, { files: 3, rows: 20 })
      const starting = serve(dir)
      await sleep(anyOf(0, 1.2) * startMs)
      const ingest = await command('ingest', dir, night.folder)
      const [code, err, server] = [await ingest.ended, await ingest.err, await starting.catch(() => undefined)]
      if (code !== 0) expect(err).toMatch(/^quipu-archive: process \d+ owns this data folder/)
      // Who ingests by himself has the folder for himself: then it was the server that was told so.
      if (!server) expect(code).toBe(0)
      const open = server ?? await serve(dir)
      if (code !== 0) expect(await run('ingest', dir, night.folder)).toMatchObject({ code: 0, err: '' })
      count += night.dpIds.length
      expect((await column(open.url, FRAMES)).sort()).toEqual(truthOf(dir).products)
      expect(truthOf(dir).products).toHaveLength(count)
      expect(filesIn(dir, 'files')).toHaveLength(3 * (round + 1))
      await open.kill()
    }
  })
})
