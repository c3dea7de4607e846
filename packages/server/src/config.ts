/**
 * The settings of one archive: `archive.yaml` in its data folder. One entry below gives a setting its
 * type, default, check and sentence of help (design §13); limits are ESO's (eso-protocol §2.2 to §2.4).
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ArchiveError, parseIso } from '@quipu/vo'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'

const DAY = 86_400
/** Each holds a thread, and other work needs some (`threads.ts`). */
const MAX_RUNNING = 48
/** Six months: how far ahead a job's destruction may be set. */
const MAX_RETENTION_SECONDS = 183 * DAY

const seconds = (most: number) => z.number().int().min(1).max(most)
const count = (most: number) => z.number().int().min(1).max(most)
const origin = z.url({ protocol: /^https?$/ }).refine((url) => !/[?#]/.test(url), 'has a query or a fragment')
  .transform((url) => url.replace(/\/+$/, ''))

/** Passwords stand elsewhere: this file is shown, copied and kept under version control. */
function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.password === ''
    && !url.searchParams.has('password')
}

const site = z.strictObject({
  title: z.string().min(1).max(200).default('Quipu archive')
    .describe('Name of the archive, in capabilities and sign-in challenges.'),
  authority: z.string()
    .regex(/^ivo:\/\/[\w.~-]+(\/[\w.~/-]+)?$/, 'is not an IVOA identifier such as ivo://eso.org')
    .default('ivo://eso.org')
    .describe('IVOA authority of the identifiers that the archive publishes.'),
  textMode: z.enum(['standard', 'ignoreCase']).default('ignoreCase')
    .describe('How text compares in ADQL: standard (by code point) or ignoreCase (ASCII folded, as at ESO).'),
})

const http = z.strictObject({
  publicUrl: origin.optional()
    .describe('Address under which callers reach the archive; used for every link when set.'),
  allowedHosts: z.array(z.string().min(1)).default([])
    .describe('Host names (any port) or name:port pairs that callers may use besides loopback names.'),
  trustedProxies: z.array(z.string().min(1)).default([])
    .describe('Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded headers are believed.'),
  tlsCertificateFile: z.string().min(1).optional()
    .describe('PEM file with the certificate chain; relative to the data folder. Needs tlsKeyFile.'),
  tlsKeyFile: z.string().min(1).optional()
    .describe('PEM file with the private key of the certificate; relative to the data folder.'),
  formBytes: count(64 * 1024 * 1024).default(2 * 1024 * 1024)
    .describe('Largest request body, bytes.'),
  stallSeconds: seconds(3600).default(60)
    .describe('A reader that takes nothing for so long is cut off.'),
}).refine((value) => (value.tlsCertificateFile === undefined) === (value.tlsKeyFile === undefined),
  'tlsCertificateFile and tlsKeyFile go together')

const tap = z.strictObject({
  syncSeconds: seconds(3600).default(120)
    .describe('A synchronous query may run so long.'),
  jobSeconds: seconds(7 * DAY).default(60)
    .describe('Execution duration of a job that asks for none.'),
  jobMaxSeconds: seconds(7 * DAY).default(3600)
    .describe('Largest execution duration that a job may ask for.'),
  defaultRows: count(1_000_000_000).default(20_000)
    .describe('MAXREC of a query that gives none.'),
  maxRows: count(1_000_000_000).default(15_000_000)
    .describe('Largest MAXREC; a greater one is lowered to it.'),
  retentionSeconds: seconds(MAX_RETENTION_SECONDS).default(DAY)
    .describe('A job and its result are kept so long after the job is created.'),
  retentionMaxSeconds: seconds(5 * MAX_RETENTION_SECONDS).default(MAX_RETENTION_SECONDS)
    .describe('How far ahead the destruction time of a job may be set.'),
  runningQueries: count(64).default(16)
    .describe('Queries of all callers that run at once; more synchronous ones are answered 503.'),
  runningJobs: count(64).default(2)
    .describe('Jobs that run at once; more of them wait in the phase QUEUED.'),
  queuedJobs: count(100_000).default(1000)
    .describe('Jobs that may wait, half of them of one owner; one more is answered 503.'),
  keptJobs: count(10_000_000).default(10_000)
    .describe('Jobs of one owner (all anonymous callers are one) that are kept; one more is answered 503.'),
  keptBytes: count(2 ** 50).default(100 * 2 ** 30)
    .describe('Disk space for the results of all jobs, bytes; a job that finds no room there fails.'),
  uploadRows: count(100_000_000).default(1_000_000)
    .describe('Most rows of one uploaded table.'),
  uploadBytes: count(2 ** 34).default(256 * 2 ** 20)
    .describe('Largest uploaded table, and largest request with uploads, bytes.'),
  uploadSeconds: seconds(3600).default(60)
    .describe('An upload by address is read for so long.'),
  uploadHosts: z.array(z.string().min(1)).default([])
    .describe('Hosts (name or name:port) that uploads are fetched from though they are not on the public ' +
      'network.'),
  queryBytes: count(16 * 1024 * 1024).default(256 * 1024)
    .describe('Longest ADQL text, bytes.'),
  resultBytes: count(2 ** 40).default(4 * 2 ** 30)
    .describe('Largest result of a job that is kept, bytes.'),
}).refine((value) => value.runningQueries + value.runningJobs <= MAX_RUNNING,
  `runningQueries and runningJobs are more than ${MAX_RUNNING} together`)

const engine = z.strictObject({
  memoryBytes: count(2 ** 42).default(1024 ** 3)
    .describe('Memory of the query engine, bytes.'),
  spillBytes: count(2 ** 44).default(8 * 1024 ** 3)
    .describe('Disk space for what does not fit into the memory of the query engine, bytes.'),
  threads: count(256).default(2)
    .describe('Threads of the query engine.'),
  postgresUrl: z.string().refine(isPostgresUrl,
    'is not an address such as postgresql://quipu@localhost/archive, without a password')
    .optional()
    .describe('A PostgreSQL database for the published tables, instead of the embedded engine; ' +
      'postgresql://role@host/database without a password.'),
  postgresPasswordFile: z.string().min(1).optional()
    .describe('File with the password of that role, relative to the data folder; else PGPASSWORD or ' +
      '~/.pgpass.'),
})

const time = z.string()
  .refine((text) => parseIso(text) !== undefined, 'is not a time such as 2026-01-01T00:00:00')

/** The blanket right of a team: every run whose frames are all of the instruments and the period. */
const team = z.strictObject({
  name: z.string().min(1),
  members: z.array(z.string().min(1)).min(1),
  instruments: z.array(z.string().min(1)).min(1),
  from: time.optional(),
  until: time.optional(),
  rights: z.array(z.enum(['discover', 'retrieve'])).min(1).default(['discover', 'retrieve'])
    .refine((rights) => rights.includes('discover'), 'without discover nothing can be retrieved'),
})

/** A team of the setting `access.teams`. */
export type Team = Readonly<z.output<typeof team>>

const access = z.strictObject({
  proprietaryDays: z.number().int().min(0).max(36_500).default(365)
    .describe('Science files without a release date become public so many days after their last change.'),
  publicCategories: z.array(z.string().min(1)).default([])
    .describe('Holdings of these categories (CALIB) have public metadata, whatever their run; as of ingest.'),
  staff: z.array(z.string().min(1)).default([])
    .describe('Subjects who may see and have everything, besides those that are marked as operators.'),
  teams: z.array(team).default([])
    .describe('Teams with a right to every run that is all of their instruments and period.'),
})

const ingest = z.strictObject({
  fileBytes: count(2 ** 44).default(64 * 2 ** 30)
    .describe('Largest file that is taken in, bytes.'),
  holdings: count(10_000_000).default(1_000_000)
    .describe('Holdings that one run of ingest takes in at most; it writes them in one transaction.'),
})

const log = z.strictObject({
  level: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info')
    .describe('What is logged to standard error: silent, error, warn, info or debug.'),
})

const archive = z.strictObject({
  site: site.prefault({}), http: http.prefault({}), tap: tap.prefault({}), engine: engine.prefault({}),
  access: access.prefault({}), ingest: ingest.prefault({}), log: log.prefault({}),
})

/** Every setting of one archive, with defaults filled in. Units end the names. */
export type Config = Readonly<z.output<typeof archive>>

/** One setting as `--help` and the reference page describe it. */
export interface Setting {
  /** `tap.syncSeconds`. */
  readonly name: string
  /** As YAML writes it; undefined when the setting has none. */
  readonly default: string | undefined
  readonly help: string
}

/** All settings, in the order in which they are described. */
export const SETTINGS: readonly Setting[] = Object.entries(archive.shape).flatMap(([group, wrapped]) =>
  Object.entries(wrapped.def.innerType.shape).map(([name, entry]) => {
    const fallback = archive.parse({})[group as keyof Config] as Readonly<Record<string, unknown>>
    return {
      name: `${group}.${name}`,
      default: fallback[name] === undefined ? undefined : JSON.stringify(fallback[name]),
      help: (entry as z.ZodType).description ?? '',
    }
  }))

/**
 * Reads the text of `archive.yaml`; an empty one gives the defaults.
 * @param where What the text is called in messages.
 * @throws ArchiveError `config_invalid`, naming the entry.
 */
export function parseConfig(text: string, where = 'archive.yaml'): Config {
  let value: unknown
  try {
    value = parseYaml(text) ?? {}
  } catch (cause) {
    throw new ArchiveError('config_invalid', `${where} is not YAML: ${firstLine(cause)}`, { cause })
  }
  const read = archive.safeParse(value)
  if (read.success) return read.data
  throw new ArchiveError('config_invalid', `${where}: ${issuesText(read.error)}`)
}

/** Reads `archive.yaml` of a data folder; paths in it become absolute. Throws `config_invalid`. */
export async function loadConfig(dataDir: string): Promise<Config> {
  const path = resolve(dataDir, 'archive.yaml')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ArchiveError('config_invalid',
      `${path} cannot be read; 'quipu-archive init ${dataDir}' makes an archive`, { cause })
  }
  const config = parseConfig(text)
  const { http, engine } = config
  const { tlsCertificateFile, tlsKeyFile } = http
  return {
    ...config,
    http: tlsCertificateFile === undefined || tlsKeyFile === undefined ? http : {
      ...http,
      tlsCertificateFile: resolve(dataDir, tlsCertificateFile), tlsKeyFile: resolve(dataDir, tlsKeyFile),
    },
    engine: engine.postgresPasswordFile === undefined ? engine
      : { ...engine, postgresPasswordFile: resolve(dataDir, engine.postgresPasswordFile) },
  }
}

/** The `archive.yaml` of a new archive: every setting with its default, commented out. */
export function defaultConfigText(): string {
  const lines = ['# Settings of this archive. Each line shows the default; take the # away to change it.']
  let group = ''
  for (const setting of SETTINGS) {
    const [head = '', name = ''] = setting.name.split('.')
    if (head !== group) lines.push('', `# ${head}:`)
    group = head
    lines.push(`#   ${name}: ${setting.default ?? ''}`.trimEnd().padEnd(40) + `  # ${setting.help}`)
  }
  return `${lines.join('\n')}\n`
}

/** What zod found, each as `entry: what is wrong`, in one line. */
export function issuesText(error: z.ZodError): string {
  return error.issues.map((issue) => {
    const path = issue.path.map(String).join('.')
    return path === '' ? issue.message : `${path}: ${issue.message}`
  }).join('; ')
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? ''
}
