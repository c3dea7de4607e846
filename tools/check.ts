/**
 * Keeps the house: who may import whom, sizes, words that are not wanted, tests without a source.
 * Run by `npm run check`. Prints one line a finding (file:line: what, and what to do instead) and
 * exits 1 when there is one. The rules are the tables at the top; change them there, with a reason.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** What a package's sources may import: our packages, and libraries. Node is allowed unless pure. */
const MAY_IMPORT: Record<string, { ours: string[]; libraries: string[]; pure?: true }> = {
  vo: { ours: [], libraries: ['saxes'], pure: true },
  adql: { ours: ['vo'], libraries: [], pure: true },
  association: { ours: ['vo'], libraries: ['yaml'], pure: true },
  client: { ours: ['vo'], libraries: [] },
  cli: {
    ours: ['client', 'adql', 'association', 'vo'],
    libraries: ['commander', '@clack/prompts', 'picocolors'],
  },
  server: {
    ours: ['adql', 'association', 'vo'],
    libraries: [
      'fastify', '@fastify/busboy', '@fastify/cors', '@fastify/formbody', '@duckdb/node-api',
      '@node-rs/argon2', 'commander', 'hyparquet-writer', 'jose', 'pg', 'pino', 'yaml', 'zod',
    ],
  },
}

/** Files of `client` that may use Node; the rest of it runs in a browser. */
const CLIENT_NODE = /^packages\/client\/src\/node/

/** Modules of the server that only its composition may import: the adapters. */
const ADAPTERS = /\/stores\/(sqlite|duckdb|postgres|folder)[\w-]*\.ts$/
const COMPOSITION = /^packages\/server\/src\/(archive\.ts|stores\/|ingest\/rebuild)/

const LIMITS = { fileLines: 500, functionLines: 70, lineColumns: 110 }

/** Files over a limit, each with its reason. */
const EXCEPTIONS: Record<string, string> = {
  'packages/vo/src/errors.ts': 'a table: one error a line',
}

/** Words that are not wanted in sources, where they are allowed, and what to write instead. */
const BANNED: { pattern: RegExp; allowed?: RegExp; instead: string }[] = [
  { pattern: /\bprocess\.env\b/, allowed: /^(packages\/server\/src\/(config|threads)\.ts|packages\/cli\/src\/|tools\/|demo\/)/, instead: 'a setting in config.ts' },
  { pattern: /\bconsole\.\w/, allowed: /^(tools|demo|bench)\//, instead: 'the log, or a stream that was passed in' },
  { pattern: /\bas any\b|: any\b|<any>/, instead: 'unknown, and a check' },
  { pattern: /^export default\b/m, allowed: /\.config\.ts$/, instead: 'a named export' },
  { pattern: /^\s*(export )?(const )?enum\b/m, instead: 'a union of strings' },
  { pattern: /\b(TODO|FIXME|XXX)\b/, instead: 'an issue' },
  { pattern: /@ts-(ignore|nocheck)/, instead: 'a type' },
]
const PURE_BANNED: { pattern: RegExp; instead: string }[] = [
  { pattern: /\bBuffer\b/, instead: 'Uint8Array' },
  { pattern: /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bcrypto\.random/, instead: 'an argument' },
  { pattern: /\bprocess\.|\bglobalThis\.|\bfetch\(/, instead: 'an argument: this package does no I/O' },
]

interface Finding { file: string; line: number; what: string }
const findings: Finding[] = []
const report = (file: string, line: number, what: string): void => { findings.push({ file, line, what }) }

function tracked(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  return listed.toString().split('\n').filter((f) => f.endsWith('.ts') && existsSync(join(root, f)))
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function checkText(file: string, text: string, pure: boolean): void {
  const isTest = /\/test\//.test(file)
  const lines = text.split('\n')
  if (lines.length > LIMITS.fileLines && !isTest && !(file in EXCEPTIONS)) {
    report(file, 1, `${lines.length} lines; at most ${LIMITS.fileLines} (split it, or give a reason in EXCEPTIONS)`)
  }
  for (const [i, line] of lines.entries()) {
    if (line.length > LIMITS.lineColumns && !isTest && !file.startsWith('tools/') && !(file in EXCEPTIONS)) {
      report(file, i + 1, `${line.length} columns; at most ${LIMITS.lineColumns}`)
    }
  }
  const code = isTest || file === 'tools/check.ts' ? [] : [...BANNED, ...(pure ? PURE_BANNED : [])]
  const bare = withoutComments(text)
  for (const rule of code) {
    if ('allowed' in rule && rule.allowed instanceof RegExp && rule.allowed.test(file)) continue
    const match = rule.pattern.exec(bare)
    if (match) report(file, lineOf(bare, match.index), `'${match[0].trim()}' is not wanted; use ${rule.instead}`)
  }
}

/** The text with comments blanked, so that a word in prose is no finding. Line numbers stay. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)\/\/.*$/gm, '$1')
}

function packageOf(file: string): string | undefined {
  return /^packages\/([\w-]+)\/src\//.exec(file)?.[1]
}

function checkImport(file: string, specifier: string, line: number): void {
  const own = packageOf(file)
  if (own === undefined) return
  const rules = MAY_IMPORT[own]
  if (rules === undefined) return report(file, line, `package '${own}' has no import rule in tools/check.ts`)
  if (specifier.startsWith('.')) return checkRelative(file, specifier, line, own)
  if (specifier.startsWith('node:')) {
    const browser = rules.pure === true || (own === 'client' && !CLIENT_NODE.test(file))
    if (browser) report(file, line, `imports ${specifier}, but must run in a browser as it is`)
    return
  }
  const ours = /^@quipu\/([\w-]+)/.exec(specifier)?.[1]
  if (ours !== undefined) {
    if (!rules.ours.includes(ours)) report(file, line, `${own} may not import ${specifier}`)
    return
  }
  const library = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  if (!rules.libraries.includes(library)) report(file, line, `${own} may not import '${library}'; add it to MAY_IMPORT with a reason`)
}

function checkRelative(file: string, specifier: string, line: number, own: string): void {
  const target = posix.normalize(posix.join(posix.dirname(file), specifier))
  if (!target.startsWith(`packages/${own}/src/`) && !target.endsWith('package.json')) {
    report(file, line, `reaches outside its package: ${specifier}; import an entry point by name`)
  }
  if (own === 'server' && ADAPTERS.test(target) && !COMPOSITION.test(file)) {
    report(file, line, `names the adapter ${specifier}; only archive.ts may`)
  }
}

function checkSyntax(file: string, text: string): void {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const lineAt = (pos: number) => source.getLineAndCharacterOfPosition(pos).line + 1
  const visit = (node: ts.Node): void => {
    const specifier = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined
    if (specifier !== undefined && ts.isStringLiteral(specifier)) checkImport(file, specifier.text, lineAt(node.getStart()))
    if (ts.isFunctionLike(node) && 'body' in node && node.body && !/\/test\//.test(file)) {
      const length = lineAt(node.end) - lineAt(node.getStart()) + 1
      const name = node.name?.getText(source) ?? 'a function'
      if (length > LIMITS.functionLines && !(file in EXCEPTIONS)) {
        report(file, lineAt(node.getStart()), `${name} has ${length} lines; at most ${LIMITS.functionLines}`)
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
}

/** A test's name says what it tests: test/tap/query.test.ts ↔ src/tap/query.ts, unless it is of these kinds. */
const FREE_TESTS = /\/test\/(support|hostile|golden|contract|foreign|fault|whole)\//

function checkMirror(file: string): void {
  const match = /^(packages\/[\w-]+)\/test\/(.+?)(\.[\w-]+)*\.test\.ts$/.exec(file)
  if (!match || FREE_TESTS.test(file)) return
  const source = `${match[1]}/src/${match[2]}`
  if (!existsSync(join(root, `${source}.ts`)) && !existsSync(join(root, source))) {
    report(file, 1, `tests ${source}.ts, which does not exist`)
  }
}

function checkModuleComment(file: string, text: string): void {
  if (!/^packages\/[\w-]+\/src\/|^(tools|demo|bench)\//.test(file) || /\/index\.ts$|\.test\.ts$/.test(file)) return
  const start = text.replace(/^#!.*\n/, '').trimStart()
  if (!start.startsWith('/**') && !start.startsWith('//')) {
    report(file, 1, 'has no first comment: say what it is, and which sections of which standard it holds')
  }
}

for (const file of tracked()) {
  const text = readFileSync(join(root, file), 'utf8')
  const own = packageOf(file)
  checkText(file, text, own !== undefined && MAY_IMPORT[own]?.pure === true)
  checkSyntax(file, text)
  checkMirror(file)
  checkModuleComment(file, text)
}
for (const { file, line, what } of findings.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)) {
  console.error(`${file}:${line}: ${what}`)
}
if (findings.length > 0) {
  console.error(`${findings.length} findings`)
  process.exitCode = 1
}
