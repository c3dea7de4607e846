import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { profileOf } from '@quipu/client'
import { download, openClient } from '@quipu/client/node'
import { readVotable } from '@quipu/vo/votable'
import { beforeAll, describe, expect, test } from 'vitest'
import { emptyFolder, run } from '../support/data-folder.ts'
import { fitsBytes, folderOf, FRAME, rawCards } from '../support/ingest.ts'
import { archiveWith, ask, md5, nightOf, serve } from '../support/processes.ts'
import type { Server } from '../support/processes.ts'

const BIG = 'ADP.2020-01-01T00:00:00.000'
/** Cannot be made smaller, and is more than the sockets of both sides hold. */
const BYTES = randomBytes(24 * 1024 * 1024)
const MANY = 'SELECT a.dp_id, b.dp_id AS other FROM dbo.raw a, dbo.raw b, dbo.raw c'

let dir = ''
beforeAll(async () => {
  dir = await archiveWith()
  const big = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)), 'big.tar': BYTES }, [
    { dpId: BIG, kind: 'ancillary', category: 'ANCILLARY.TAR', parent: FRAME, file: 'big.tar', modified: '2010-06-01' },
  ])
  for (const folder of [big, (await nightOf(0, { files: 0, rows: 300 })).folder]) {
    expect(await run('ingest', dir, folder)).toMatchObject({ code: 0, err: '' })
  }
}, 120_000)

/** Downloads until a few megabytes are there, then kills the server; gives what the client threw. */
async function downloadAndKill(server: Server, target: string): Promise<unknown> {
  let isKilled = false
  const onProgress = (done: number): void => {
    if (done < 4e6 || isKilled) return
    isKilled = true
    void server.kill()
  }
  try {
    await download(openClient({ profile: profileOf(server.url) }), BIG, target, { onProgress })
    return undefined
  } catch (error) {
    return error
  } finally {
    expect(isKilled).toBe(true)
    await server.kill()
  }
}

describe('a server that is killed', { timeout: 300_000 }, () => {
  test('during a download: no file, a part that a later call completes to the same bytes', async () => {
    const target = await emptyFolder()
    let server = await serve(dir)
    expect(await downloadAndKill(server, target)).toMatchObject({ code: 'archive_unreachable' })
    expect(readdirSync(target)).toContain(`${BIG}.tar.part`)
    expect(readdirSync(target)).not.toContain(`${BIG}.tar`)
    const part = statSync(join(target, `${BIG}.tar.part`)).size
    expect(part).toBeGreaterThan(4e6)
    expect(part).toBeLessThan(BYTES.length)

    server = await serve(dir)
    const asked: (string | null)[][] = []
    const again = openClient({
      profile: profileOf(server.url),
      fetch: (url, init) => {
        const headers = new Headers(init.headers)
        asked.push([headers.get('Range'), headers.get('If-Range')])
        return fetch(url, init)
      },
    })
    let first: number | undefined
    const got = await download(again, BIG, target, { onProgress: (done) => { first ??= done } })
    expect(asked.at(-1)).toEqual([`bytes=${part}-`, `"${md5(BYTES)}"`])
    expect(first).toBeGreaterThan(part)
    expect(got).toMatchObject({ path: join(target, `${BIG}.tar`), sizeBytes: BYTES.length, wasThere: false })
    expect(readFileSync(got.path).equals(BYTES)).toBe(true)
    expect(readdirSync(target)).toEqual([`${BIG}.tar`])
    await server.kill()
  })

  test('and comes back with another file of that name: the part is thrown away', async () => {
    const target = await emptyFolder()
    let server = await serve(dir)
    expect(await downloadAndKill(server, target)).toBeInstanceOf(Error)
    const other = randomBytes(BYTES.length)
    const folder = await folderOf({ 'big.tar': other }, [
      { dpId: BIG, kind: 'ancillary', category: 'ANCILLARY.TAR', parent: FRAME, file: 'big.tar', modified: '2010-06-02' },
    ])
    expect(await run('ingest', dir, folder)).toMatchObject({ code: 0, err: '' })
    server = await serve(dir)
    const { path } = await download(openClient({ profile: profileOf(server.url) }), BIG, target)
    expect(readFileSync(path).equals(other)).toBe(true)
    expect(existsSync(`${path}.part`)).toBe(false)
    await server.kill()
  })

  test('during a streamed result: the reader is told, whatever the format', async () => {
    for (const FORMAT of ['csv', 'votable']) {
      const server = await serve(dir)
      const answer = await ask(server.url, MANY, { FORMAT, MAXREC: '15000000' })
      expect(answer.status).toBe(200)
      const chunks: Uint8Array[] = []
      let failure: unknown
      try {
        for await (const chunk of answer.body ?? []) {
          chunks.push(chunk)
          if (chunks.length === 20) void server.kill()
        }
      } catch (error) {
        failure = error
      }
      expect(failure).toBeInstanceOf(Error)
      await server.kill()
      const came = Buffer.concat(chunks)
      expect(came.length).toBeGreaterThan(10_000)
      if (FORMAT === 'votable') {
        expect(came.toString()).not.toContain('</TABLE>')
        await expect(readVotable(came)).rejects.toThrow()
      }
    }
  })
})
