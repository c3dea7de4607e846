/**
 * `npm run pack`: builds what people install. Node strips types from sources, but not below
 * node_modules, so each package is compiled, its exports are pointed at the result, and the tarballs
 * go to dist/. The sources stay as they are.
 */
import { execFileSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'dist')
const build = join(out, 'build')

/** Folders of the repository that a package takes along, as it finds them at run time. */
const EXTRAS: Record<string, { from: string; to: string }[]> = { server: [{ from: 'schema', to: 'schema' }] }

interface Manifest {
  name: string
  version: string
  exports: Record<string, string>
  bin?: Record<string, string>
  [key: string]: unknown
}

async function packAll(): Promise<void> {
  await rm(out, { recursive: true, force: true })
  await mkdir(build, { recursive: true })
  const names = (await readdir(join(root, 'packages'))).sort()
  await compile()
  for (const name of names) {
    await assemble(name)
    execFileSync('npm', ['pack', '--silent', '--pack-destination', out], { cwd: join(build, name), stdio: ['ignore', 'pipe', 'inherit'] })
  }
  await rm(build, { recursive: true, force: true })
  for (const file of (await readdir(out)).filter((f) => f.endsWith('.tgz')).sort()) console.log(join('dist', file))
}

/** One run of the compiler for all packages: scripts and declarations side by side. */
async function compile(): Promise<void> {
  const config = join(build, 'tsconfig.json')
  await writeFile(config, JSON.stringify({
    extends: '../../tsconfig.json',
    compilerOptions: {
      noEmit: false, outDir: './js', rootDir: '../../packages', declaration: true,
      allowImportingTsExtensions: false, rewriteRelativeImportExtensions: true,
    },
    include: ['../../packages/*/src'],
    exclude: [],
  }))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' })
}

async function assemble(name: string): Promise<void> {
  const target = join(build, name)
  await cp(join(build, 'js', name, 'src'), join(target, 'dist'), { recursive: true })
  await cp(join(root, 'LICENSE'), join(target, 'LICENSE'))
  await cp(join(root, 'packages', name, 'README.md'), join(target, 'README.md')).catch(() => undefined)
  for (const { from, to } of EXTRAS[name] ?? []) await cp(join(root, from), join(target, to), { recursive: true })
  const manifest = JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
  const built = (source: string, extension: string): string => source.replace('./src/', './dist/').replace(/\.ts$/, extension)
  const packed = {
    ...manifest,
    engines: { node: '>=24' },
    exports: Object.fromEntries(Object.entries(manifest.exports).map(([key, source]) => [
      key, { types: built(source, '.d.ts'), default: built(source, '.js') }])),
    ...manifest.bin ? { bin: Object.fromEntries(Object.entries(manifest.bin).map(([key, source]) => [key, built(source, '.js')])) } : {},
    files: ['dist', ...(EXTRAS[name] ?? []).map(({ to }) => to)],
  }
  await writeFile(join(target, 'package.json'), `${JSON.stringify(packed, null, 2)}\n`)
}

await packAll()
