import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { download } from '../src/node.ts'
import { failureOf, patientClient } from './support/foreign.ts'
import { cut, portal } from './support/portal.ts'

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quipu-client-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a transfer that brings nothing is given up after some attempts, and the part stays', async () => {
  const folder = await makeFolder()
  const { url, seen } = await portal((_, response, { headers }) => {
    const from = Number(/\d+/.exec(headers['range'] ?? '0')?.[0])
    return from === 1000 ? cut(response, 0, from) : cut(response, 1000)
  })
  expect((await failureOf(download(patientClient(url).client, 'A.B', folder))).code).toBe('archive_unreachable')
  expect(seen.length).toBeLessThan(10)
  expect((await readdir(folder)).sort()).toEqual(['A.B.fits.part', 'A.B.fits.part.of'])
})

test('a server that ignores ranges and always breaks does not keep the client for ever', async () => {
  const { url, seen } = await portal((_, response) => cut(response, 1000))
  expect((await failureOf(download(patientClient(url).client, 'A.B', await makeFolder()))).code).toBe('archive_unreachable')
  expect(seen.length).toBeLessThan(10)
})
