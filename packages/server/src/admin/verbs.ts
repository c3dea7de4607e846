/**
 * What the owner of a data folder can be asked to do: one row a verb, with the shape of what is asked and of
 * what comes back. A command does the same by itself when nobody owns the folder. Design §6.
 */
import { z } from 'zod'
import { explainProduct } from '../access/explain.ts'
import type { OpenArchive } from '../archive.ts'
import { ingestFolder } from '../ingest/ingest.ts'
import type { Progress } from '../ingest/ingest.ts'
import { SUBJECT } from './access.ts'
import {
  addGrant, addPerson, addRun, endGrants, knownPerson, listGrants, rotateKeys, setPassword, setPerson, setRun,
} from './changes.ts'

/** What goes with a verb while it runs. */
export interface Work {
  readonly signal: AbortSignal
  readonly report: (progress: Progress) => void
}

interface Verb<Asked, Given> {
  readonly asked: z.ZodType<Asked>
  readonly given: z.ZodType<Given>
  /** One such verb after the other: batches are numbered, and so are keys. */
  readonly inOrder?: true
  readonly run: (archive: OpenArchive, asked: Asked, work: Work) => Given | Promise<Given>
}

const verb = <Asked, Given>(row: Verb<Asked, Given>): Verb<Asked, Given> => row

const who = z.string().min(1).max(256)
const progId = z.string().min(1).max(256)
const ms = z.number()
const role = z.enum(['pi', 'delegate'])
const grant = z.object({ subject: z.string(), progId: z.string(), role, endsMs: ms.nullable() })
const done = z.object({})
/** Lines of the log that go over the socket at a time. */
const AUDIT_PAGE = 1_000

/** Passwords do not travel: the command hashes them. */
const passwordHash = z.string().startsWith('$argon2id$')
const details = z.strictObject({
  name: z.string().min(1).max(256), givenName: z.string().max(256), familyName: z.string().max(256),
  email: z.string().max(256), isOperator: z.boolean(),
}).partial()

/** `actor` is the user of the operating system who gave the command. */
export const VERBS = {
  'ingest': verb({
    asked: z.strictObject({ folder: z.string().min(1), skipInvalid: z.boolean() }),
    given: z.object({
      batch: z.number().nullable(), added: z.number(), replaced: z.number(), files: z.number(),
      sizeBytes: z.number(), problems: z.array(z.object({ where: z.string(), what: z.string() })).readonly(),
    }),
    inOrder: true,
    run: (archive, { folder, skipInvalid }, { signal, report }) => (
      ingestFolder(archive, folder, { skipInvalid, signal, progress: report })),
  }),
  'grants.add': verb({
    asked: z.strictObject({ actor: who, subject: who, progId, role, endsMs: ms.nullable() }),
    given: grant,
    run: (archive, { actor, ...asked }) => addGrant(archive, actor, asked),
  }),
  'grants.end': verb({
    asked: z.strictObject({
      actor: who, subject: who, progId, role: role.nullable(), endsMs: ms.nullable(),
    }),
    given: z.array(grant).readonly(),
    run: (archive, { actor, ...asked }) => endGrants(archive, actor, asked),
  }),
  'grants.list': verb({
    asked: z.strictObject({ subject: who.nullable(), progId: progId.nullable(), all: z.boolean() }),
    given: z.array(grant).readonly(),
    run: listGrants,
  }),
  'people.add': verb({
    asked: z.strictObject({ actor: who, subject: SUBJECT, passwordHash, details }),
    given: done,
    run(archive, { actor, subject, passwordHash: hash, details: more }) {
      addPerson(archive, actor, subject, hash, more)
      return {}
    },
  }),
  'people.set': verb({
    asked: z.strictObject({ actor: who, subject: who, details }),
    given: done,
    run(archive, { actor, subject, details: more }) {
      setPerson(archive, actor, subject, more)
      return {}
    },
  }),
  'people.password': verb({
    asked: z.strictObject({ actor: who, subject: who, passwordHash }),
    given: done,
    run(archive, { actor, subject, passwordHash: hash }) {
      setPassword(archive, actor, subject, hash)
      return {}
    },
  }),
  'people.list': verb({
    asked: z.strictObject({}),
    given: z.array(z.object({
      subject: z.string(), name: z.string(), email: z.string(), isOperator: z.boolean(),
    })).readonly(),
    run: ({ truth }) => truth.listPeople()
      .map(({ subject, name, email, isOperator }) => ({ subject, name, email, isOperator })),
  }),
  'runs.add': verb({
    asked: z.strictObject({ actor: who, progId, metadataPublic: z.boolean() }),
    given: done,
    run(archive, { actor, progId: of, metadataPublic }) {
      addRun(archive, actor, of, metadataPublic)
      return {}
    },
  }),
  'runs.set': verb({
    asked: z.strictObject({ actor: who, progId, metadataPublic: z.boolean() }),
    given: z.object({ changed: z.boolean() }),
    inOrder: true,
    run: (archive, { actor, progId: of, metadataPublic }) => setRun(archive, actor, of, metadataPublic),
  }),
  'runs.list': verb({
    asked: z.strictObject({}),
    given: z.array(z.object({ progId: z.string(), metadataPublic: z.boolean() })).readonly(),
    run: ({ truth }) => truth.listRuns()
      .map(({ progId: of, metadataPublic }) => ({ progId: of, metadataPublic })),
  }),
  'rules.explain': verb({
    asked: z.strictObject({ dpId: z.string().min(1), subject: who.nullable(), atMs: ms.nullable() }),
    given: z.object({ lines: z.array(z.string()).readonly() }),
    run(archive, { dpId, subject, atMs }) {
      if (subject !== null) knownPerson(archive.truth, subject)
      return { lines: explainProduct(archive, { dpId, subject, nowMs: atMs ?? archive.now() }) }
    },
  }),
  'audit.read': verb({
    asked: z.strictObject({
      afterN: z.number(), sinceMs: ms.nullable(), subject: who.nullable(), dpId: z.string().nullable(),
    }),
    given: z.array(z.object({
      n: z.number(), atMs: ms, action: z.string(), subject: z.string().nullable(), outcome: z.string(),
      requestId: z.string(), dpId: z.string().optional(), clause: z.string().optional(),
      bytes: z.number().optional(), actor: z.string().optional(), detail: z.string().optional(),
    })).readonly(),
    run: ({ truth }, { afterN, sinceMs, subject, dpId }) => truth.readAudit({
      afterN, limit: AUDIT_PAGE, sinceMs: sinceMs ?? undefined, subject: subject ?? undefined,
      dpId: dpId ?? undefined,
    }),
  }),
  'keys.rotate': verb({
    asked: z.strictObject({ actor: who }),
    given: z.object({ kid: z.string(), removed: z.array(z.string()).readonly() }),
    inOrder: true,
    run: (archive, { actor }) => rotateKeys(archive, actor),
  }),
}

export type VerbName = keyof typeof VERBS
export type Asked<N extends VerbName> = z.output<(typeof VERBS)[N]['asked']>
export type Given<N extends VerbName> = z.output<(typeof VERBS)[N]['given']>
