/** What people install works where they install it: an empty folder, with the tarballs and nothing of ours beside them. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quipu-pack-'))
  const { stdout } = await run(process.execPath, [join(root, 'tools/pack.ts')], { cwd: root })
  const tarballs = stdout.trim().split('\n').map((path) => join(root, path))
  expect(tarballs).toHaveLength(6)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], { cwd: folder })
}, 300_000)
afterAll(async () => rm(folder, { recursive: true, force: true }))

/** The installed command, run by the Node that runs this test. */
function command(name: string): string {
  return join(folder, 'node_modules/.bin', name)
}

test('quipu --version and quipu rules lint', async () => {
  const { stdout } = await run(process.execPath, [command('quipu'), '--version'], { cwd: folder })
  expect(stdout.trim()).toBe('0.1.0')
  const { stderr } = await run(process.execPath, [command('quipu'), 'rules', 'lint', join(root, 'demo/rules/fors2-imaging.yaml')], { cwd: folder })
  expect(stderr).toContain('no findings')
})

test('every entry point can be imported, with types beside it', async () => {
  const script = `
    for (const name of ['@quipu/vo', '@quipu/vo/votable', '@quipu/vo/uws', '@quipu/vo/datalink', '@quipu/vo/vosi', '@quipu/vo/eso',
      '@quipu/vo/fits', '@quipu/vo/sky', '@quipu/adql', '@quipu/association', '@quipu/client', '@quipu/client/node', '@quipu/cli', '@quipu/server']) {
      const found = await import(name)
      if (Object.keys(found).length === 0) throw new Error(name + ' is empty')
    }
    console.log('ok')`
  await writeFile(join(folder, 'try.js'), script)
  const { stdout } = await run(process.execPath, ['try.js'], { cwd: folder })
  expect(stdout.trim()).toBe('ok')
  await writeFile(join(folder, 'try.ts'), "import { profileOf } from '@quipu/client'\nexport const name: string = profileOf('eso').name\n")
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext',
    '--target', 'es2024', 'try.ts'], { cwd: folder })
}, 60_000)

test('quipu-archive init and serve', async () => {
  const data = join(folder, 'archive')
  await run(process.execPath, [command('quipu-archive'), 'init', data], { cwd: folder })
  const child = spawn(process.execPath, [command('quipu-archive'), 'serve', data, '--port', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        const match = /Quipu archive at (\S+)/.exec(chunk.toString())
        if (match?.[1]) resolve(match[1])
      })
      child.on('exit', (code) => reject(new Error(`ended with ${code}`)))
    })
    const answer = await fetch(`${url}/tap_obs/sync?LANG=ADQL&QUERY=${encodeURIComponent('SELECT COUNT(*) AS n FROM dbo.raw')}&FORMAT=csv`)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toMatch(/^n\r?\n0\r?\n$/)
  } finally {
    child.kill('SIGTERM')
    await new Promise((resolve) => { child.on('exit', resolve) })
  }
  expect(child.exitCode).toBe(0)
}, 60_000)
