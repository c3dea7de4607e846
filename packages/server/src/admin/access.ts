/** `access.yaml`: the people, runs and rights that a new archive begins with. */
import { ArchiveError, parseIso } from '@quipu/vo'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { hashPassword } from '../auth/passwords.ts'
import { issuesText } from '../config.ts'
import type { Truth } from '../stores/truth.ts'

/** A user name: what stands in tokens, in headers and in the log. */
export const SUBJECT = z.string().regex(/^[\w.@+-]{1,64}$/, 'takes letters, digits and . @ + - _')
const time = z.string()
  .refine((text) => parseIso(text) !== undefined, 'is not a time such as 2026-01-01T00:00:00')

const accessFile = z.strictObject({
  people: z.array(z.strictObject({
    subject: SUBJECT,
    password: z.string().min(1).max(1024),
    name: z.string().optional(),
    givenName: z.string().default(''),
    familyName: z.string().default(''),
    email: z.string().default(''),
    operator: z.boolean().default(false),
  })).default([]),
  runs: z.array(z.strictObject({
    progId: z.string().min(1),
    metadata: z.enum(['public', 'protected']).default('public'),
    pi: SUBJECT.optional(),
    delegates: z.array(z.strictObject({ subject: SUBJECT, ends: time.optional() })).default([]),
  })).default([]),
})

export type AccessFile = Readonly<z.output<typeof accessFile>>

/** Reads the text of `access.yaml`. Throws `config_invalid`, naming the entry. */
export function parseAccess(text: string, where = 'access.yaml'): AccessFile {
  let value: unknown
  try {
    value = parseYaml(text) ?? {}
  } catch (cause) {
    throw new ArchiveError('config_invalid', `${where} is not YAML`, { cause })
  }
  const read = accessFile.safeParse(value)
  if (!read.success) throw new ArchiveError('config_invalid', `${where}: ${issuesText(read.error)}`)
  checkSubjects(read.data, where)
  return read.data
}

function checkSubjects({ people, runs }: AccessFile, where: string): void {
  const known = new Set(people.map((person) => person.subject))
  if (known.size < people.length) throw new ArchiveError('config_invalid', `${where}: a subject stands twice`)
  for (const { progId, pi, delegates } of runs) {
    for (const named of [...pi === undefined ? [] : [pi], ...delegates.map((delegate) => delegate.subject)]) {
      if (known.has(named)) continue
      throw new ArchiveError('config_invalid',
        `${where}: run ${progId} names '${named}', who is not among the people`)
    }
  }
}

/** Writes people, runs and rights into the truth; passwords as hashes only. */
export async function putAccess(
  truth: Pick<Truth, 'putPerson' | 'putRun' | 'putGrant'>, access: AccessFile,
): Promise<void> {
  for (const person of access.people) {
    const { givenName, familyName, email } = person
    const fullName = [givenName, familyName].filter((part) => part !== '').join(' ')
    truth.putPerson({
      subject: person.subject, givenName, familyName, email, isOperator: person.operator,
      name: person.name ?? (fullName === '' ? person.subject : fullName),
      passwordHash: await hashPassword(person.password),
    })
  }
  for (const { progId, metadata, pi, delegates } of access.runs) {
    truth.putRun({ progId, metadataPublic: metadata === 'public' })
    if (pi !== undefined) truth.putGrant({ subject: pi, progId, role: 'pi', endsMs: null })
    for (const { subject: delegate, ends } of delegates) {
      const endsMs = ends === undefined ? null : parseIso(ends) ?? null
      truth.putGrant({ subject: delegate, progId, role: 'delegate', endsMs })
    }
  }
}
