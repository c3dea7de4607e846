import { ArchiveError } from '@quipu/vo'
import { expect, test } from 'vitest'
import { isDiskFull, unlessDiskFull } from '../../src/stores/disk-full.ts'

const system = (code: string) => Object.assign(new Error(`${code}: write`), { code })
const sqlite = (errcode: number) => Object.assign(new Error('sqlite'), { code: 'ERR_SQLITE_ERROR', errcode })

test.each([
  ['the system', system('ENOSPC'), true],
  ['a quota', system('EDQUOT'), true],
  ['SQLite', sqlite(13), true],
  ['DuckDB', new Error('IO Error: Could not write file "x": No space left on device'), true],
  ['a cause', new Error('outer', { cause: new Error('inner', { cause: system('ENOSPC') }) }), true],
  ['a missing file', system('ENOENT'), false],
  ['another result of SQLite', sqlite(5), false],
  ['a bug', new TypeError('x is not a function'), false],
  ['what is no error', 'ENOSPC', false],
])('a full disk is told: %s', (_name, error, expected) => {
  expect(isDiskFull(error)).toBe(expected)
})

test('causes that go round end', () => {
  const round = new Error('round')
  round.cause = round
  expect(isDiskFull(round)).toBe(false)
})

test('it becomes a failure that may pass, without the words of the system; others stay what they are', () => {
  const full = unlessDiskFull(system('ENOSPC'), 'try again')
  expect(full).toMatchObject({ code: 'overloaded', message: 'the disk of this archive is full: try again' })
  const known = new ArchiveError('parameter_invalid', 'no', { cause: system('ENOSPC') })
  expect(unlessDiskFull(known, '')).toBe(known)
  const bug = new Error('bug')
  expect(unlessDiskFull(bug, '')).toBe(bug)
})
