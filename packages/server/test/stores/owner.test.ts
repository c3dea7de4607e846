import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownerOf, takeFolder } from '../../src/stores/owner.ts'

let dir: string
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'quipu-owner-')) })
afterEach(() => { rmSync(dir, { recursive: true }) })

const lock = (): string => join(dir, 'lock')
const owned = expect.objectContaining({ code: 'archive_owned' })

test('the lock names the process; a second taker is refused; release gives the folder up', () => {
  const ownership = takeFolder(dir)
  expect(JSON.parse(readFileSync(lock(), 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() })
  expect(ownerOf(dir)?.pid).toBe(process.pid)
  expect(() => takeFolder(dir)).toThrow(owned)
  expect(readdirSync(dir)).toEqual(['lock'])
  ownership.release()
  ownership.release()
  expect(existsSync(lock())).toBe(false)
  expect(ownerOf(dir)).toBeUndefined()
  takeFolder(dir).release()
})

test('a lock that a killed process left is taken over', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  writeFileSync(lock(), JSON.stringify({ pid: child.pid, host: hostname(), began: null }))
  expect(() => takeFolder(dir)).toThrow(owned)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(ownerOf(dir)).toBeUndefined()
  takeFolder(dir).release()
})

test.skipIf(!existsSync('/proc/self/stat'))('another program with the same process id is not the owner', () => {
  writeFileSync(lock(), JSON.stringify({ pid: process.pid, host: hostname(), began: 'earlier boot:1' }))
  expect(ownerOf(dir)).toBeUndefined()
  takeFolder(dir).release()
})

test('what another machine owns is never taken', () => {
  writeFileSync(lock(), JSON.stringify({ pid: 1, host: 'elsewhere', began: null }))
  expect(() => takeFolder(dir)).toThrow(/on elsewhere.*delete the file lock/)
})

test.each(['', 'x', '{}', 'null', '{"pid":"1","host":"a"}'])('a damaged lock is stale: %j', (text) => {
  writeFileSync(lock(), text)
  takeFolder(dir).release()
})

test('release leaves the lock of whoever came after', () => {
  const ownership = takeFolder(dir)
  writeFileSync(lock(), JSON.stringify({ pid: 1, host: 'elsewhere', began: null }))
  ownership.release()
  expect(existsSync(lock())).toBe(true)
})
