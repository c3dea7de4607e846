/** The command against the demo archive: signing in at a terminal, calibrations, trees. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemo } from '../../../../demo/test/support/demo.ts'
import type { DemoArchive } from '../../../../demo/test/support/demo.ts'
import { newFolder, quipu, quipuProcess } from '../support/quipu.ts'

const run = promisify(execFile)
const MAIN = join(import.meta.dirname, '../../src/main.ts')
const TERMINAL = join(import.meta.dirname, '../support/terminal.py')
const SPHERE = 'SPHER.2016-09-26T04:15:07.252'
const FORS2 = 'FORS2.2021-01-02T00:59:12.533'
const havePython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0
if (!havePython) process.stderr.write('\nSKIPPED: python3 is not installed; nothing is tried in a terminal\n')

let demo: DemoArchive
beforeAll(async () => { demo = await startDemo() }, 120_000)
afterAll(() => demo?.remove())

/** In a pseudo terminal, with these answers to what it asks. */
async function inTerminal(args: readonly string[], config: string, answers: readonly (readonly [string, string])[]) {
  const env = { ...process.env, QUIPU_ARCHIVE: demo.url, XDG_CONFIG_HOME: config, TERM: 'xterm' }
  const command = ['python3', TERMINAL, JSON.stringify(answers), process.execPath, MAIN, ...args]
  try {
    return { code: 0, shown: (await run(command[0] ?? '', command.slice(1), { env })).stdout }
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string }
    return { code, shown: stdout }
  }
}

describe.skipIf(!havePython)('at a terminal', () => {
  test('a name and a password, which is not shown, sign in; files come with progress', async () => {
    const config = newFolder()
    const login = await inTerminal(['login'], config, [['User name', 'pi\r'], ['Password', 'pi-demo\r']])
    expect(login).toMatchObject({ code: 0, shown: expect.stringMatching(/signed in at http:\/\/127\.0\.0\.1:\d+ as pi/) })
    expect(login.shown).not.toContain('pi-demo')
    const folder = join(config, 'quipu', 'tokens')
    const path = join(folder, (await readdir(folder))[0] ?? '')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const token = await readFile(path, 'utf8')
    expect(login.shown).not.toContain(token)
    const to = await mkdtemp(join(tmpdir(), 'quipu-cli-'))
    const got = await inTerminal(['get', SPHERE, '--to', to], config, [])
    expect(got).toMatchObject({ code: 0, shown: expect.stringMatching(/\r\x1b\[2K1\/1 SPHER.*\d+ of \d+ bytes/) })
    const query = "SELECT COUNT(*) AS n FROM dbo.raw WHERE prog_id = '097.C-9901(A)' AND dp_cat = 'SCIENCE'"
    expect((await quipu(['query', '--format', 'csv', query], { archive: demo.url, config })).out.replaceAll('\r', '')).toBe('n\n3\n')
    expect((await quipu(['--anonymous', 'query', '--format', 'csv', query], { archive: demo.url, config })).out.replaceAll('\r', '')).toBe('n\n0\n')
  })

  test('a wrong password, and Ctrl-C', async () => {
    const wrong = await inTerminal(['login'], newFolder(), [['User name', 'pi\r'], ['Password', 'wrong\r']])
    expect(wrong).toMatchObject({ code: 1, shown: expect.stringMatching(/quipu: the archive refused this name and password/) })
    expect(wrong.shown).not.toContain('wrong\r')
    const left = await inTerminal(['login'], newFolder(), [['User name', '\x03']])
    expect(left).toMatchObject({ code: 1, shown: expect.stringMatching(/quipu: cancelled/) })
  })
})

describe('calibrations', () => {
  test('listed, then downloaded once', async () => {
    const given = { archive: demo.url }
    const list = await quipu(['calibrations', SPHERE], given)
    expect(list).toMatchObject({ code: 0, err: '' })
    expect(list.out.trim().split('\n')).toHaveLength(8)
    expect(list.out).toMatch(/^M\.SPHERE\.2016-09-27T08:14:42\.823 IFS_CAL_BACKGROUND$/m)
    const to = newFolder()
    const got = await quipu(['calibrations', SPHERE, '--get', '--to', to], given)
    expect([got.code, await readdir(to)]).toEqual([0, expect.objectContaining({ length: 8 })])
    expect((await quipu(['calibrations', SPHERE, '--get', '--to', to], given)).err.match(/was there/g)).toHaveLength(8)
  })

  test('what is wrong with them is told', async () => {
    const fallback = await quipu(['calibrations', FORS2], { archive: demo.url })
    expect(fallback.err).toMatch(/^WARNING: Raw2Master could not be executed: raw calibrations come instead\./)
    expect(fallback.out.trim().split('\n')).toHaveLength(50)
    expect(await quipu(['calibrations', FORS2, '--mode', 'raw2raw'], { archive: demo.url })).toMatchObject({ code: 0, err: '' })
    expect(await quipu(['calibrations', FORS2, '--mode', 'all'], { archive: demo.url })).toMatchObject({ code: 1, err: expect.stringMatching(/Raw2Raw or Raw2Master/) })
    expect(await quipu(['calibrations', 'FORS2.1999-01-01T00:00:00.000'], { archive: demo.url })).toMatchObject({ code: 1, out: '' })
  })

  test('as a tree, and as its document', async () => {
    const drawn = await quipu(['tree', FORS2, '--mode', 'Raw2Raw'], { archive: demo.url })
    expect(drawn.out).toMatch(/^SCI_IMG_2x2_low\n {2}FORS2\.2021-01-02T00:59:12\.533 {2}SCIENCE_IMG\n {2}FLAT_SKY \(calib_plan\)\n/)
    expect(drawn.out).toMatch(/\n51 distinct files\n$/)
    const { out } = await quipu(['tree', FORS2, '--mode', 'Raw2Raw', '--xml'], { archive: demo.url })
    expect(out.match(/<file /g)).toHaveLength(190)
  })
})

test('the same as a process: out of a pipe into a command', async () => {
  const { code, out, err } = await quipuProcess(['links', SPHERE], { archive: demo.url })
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/calSelector_raw2master/)
})
