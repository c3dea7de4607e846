import { connect } from 'node:net'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askOwner, openAdminSocket, perform } from '../../src/admin/socket.ts'
import type { AdminSocket } from '../../src/admin/socket.ts'
import { openArchive } from '../../src/archive.ts'
import type { OpenArchive } from '../../src/archive.ts'
import { dataFolder, emptyFolder } from '../support/data-folder.ts'
import { fitsBytes, folderOf, FRAME, rawCards } from '../support/ingest.ts'

let archive: OpenArchive
let admin: AdminSocket

beforeAll(async () => {
  archive = await openArchive(await dataFolder(), { isIdle: true, log: pino({ level: 'silent' }) })
  admin = await openAdminSocket(archive)
})

afterAll(async () => {
  await admin.close()
  await archive.close()
})

const ask = async (folder: string, steps: string[] = []) => (await askOwner(
  archive.dataDir, 'ingest', { folder, skipInvalid: false }, ({ step }) => { steps.push(step) }))?.given

test('the owner takes a folder in and tells how far it is', async () => {
  const steps: string[] = []
  const result = await ask(await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }), steps)
  expect(result).toMatchObject({ batch: 1, added: 1, problems: [] })
  expect(steps).toEqual(['reading', 'copying', 'writing'])
  expect(archive.truth.findProduct(FRAME)).toBeDefined()
})

test('problems and errors come back as they are', async () => {
  expect(await ask(await folderOf({ 'b.fits': 'x' }))).toMatchObject({ batch: null, problems: [{ where: 'b.fits' }] })
  await expect(ask('/nowhere')).rejects.toMatchObject({ code: 'holding_invalid', message: expect.stringMatching('/nowhere') })
})

test('where nobody listens there is no answer', async () => {
  expect(await askOwner(await emptyFolder(), 'people.list', {})).toBeUndefined()
})

test.skipIf(process.platform === 'win32')('the socket is for its owner alone', async () => {
  expect((await stat(join(archive.dataDir, 'admin.sock'))).mode & 0o777).toBe(0o600)
})

test('a verb without what it needs is told so, and does nothing', async () => {
  const asked = { actor: 'root', subject: 'pi', passwordHash: 'plain' }
  await expect(askOwner(archive.dataDir, 'people.password', asked)).rejects.toMatchObject({
    code: 'parameter_invalid', message: expect.stringMatching(/^people\.password: passwordHash/),
  })
})

test('a small change does not wait for a long ingest', async () => {
  const files = Object.fromEntries(Array.from({ length: 15 }, (_, i) =>
    [`${i}.fits`, fitsBytes(rawCards(`SPHER.2016-09-26T04:15:${String(i).padStart(2, '0')}.000`))]))
  const order: string[] = []
  await Promise.all([
    ask(await folderOf(files)).then(() => order.push('ingest')),
    perform(archive.dataDir, 'people.list', {}).then(() => order.push('list')),
  ])
  expect(order).toEqual(['list', 'ingest'])
})

test.each(['nonsense\n', '{"verb":"delete"}\n', `${'x'.repeat(100_000)}`])('a request of another kind does no harm', async (line) => {
  const socket = connect(join(archive.dataDir, 'admin.sock'))
  socket.write(line)
  const answer = await text(socket).catch(() => '')
  expect(answer === '' || answer.includes('parameter_invalid')).toBe(true)
  expect(await ask(await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))).toMatchObject({ replaced: 1 })
})
