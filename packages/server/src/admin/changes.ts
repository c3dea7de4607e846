/**
 * What operators change while an archive runs or rests: grants, people, runs. Each change and its line in the
 * audit log are one transaction. Design §5, §6.
 */
import { didYouMean } from '@quipu/adql'
import { ArchiveError, isoOf } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import type { Rotation } from '../auth/keys.ts'
import { TOKEN_SECONDS } from '../auth/token.ts'
import { catalogueOpener } from '../ingest/catalogue.ts'
import { catchUp } from '../stores/catch-up.ts'
import type { AuditLine, Grant, Person, Run, Truth } from '../stores/truth.ts'

type Parts = Pick<Archive, 'truth' | 'now' | 'id'>

/** The details of a person that a command may give. */
export type Details = {
  readonly [K in 'name' | 'givenName' | 'familyName' | 'email' | 'isOperator']?: Person[K] | undefined
}

/** @throws ArchiveError `parameter_invalid`, with the nearest name. */
export function knownPerson(truth: Pick<Truth, 'findPerson' | 'listPeople'>, subject: string): Person {
  const person = truth.findPerson(subject)
  if (person) return person
  const near = didYouMean(subject, truth.listPeople().map((one) => one.subject))
  throw new ArchiveError('parameter_invalid', `there is nobody called '${subject}'`
    + (near === '' ? "; 'people list' shows who there is, 'people add' adds somebody" : near))
}

/** @throws ArchiveError `parameter_invalid`, with the nearest run. */
export function knownRun(truth: Pick<Truth, 'findRun' | 'listRuns'>, progId: string): Run {
  const run = truth.findRun(progId)
  if (run) return run
  const near = didYouMean(progId, truth.listRuns().map((one) => one.progId))
  throw new ArchiveError('parameter_invalid', `there is no run '${progId}'`
    + (near === '' ? "; 'runs list' shows which there are, 'runs add' adds one" : near))
}

function lineOf(
  { now, id }: Parts, action: string, actor: string, more: Partial<AuditLine>,
): AuditLine {
  return { atMs: now(), action, subject: null, outcome: 'ok', requestId: id(), actor, ...more }
}

/** Gives a right, or another end to one that is there. Throws `parameter_invalid`. */
export function addGrant(archive: Parts, actor: string, grant: Grant): Grant {
  const { truth } = archive
  const { subject, progId, role, endsMs } = grant
  knownPerson(truth, subject)
  knownRun(truth, progId)
  if (endsMs !== null && endsMs <= archive.now()) {
    throw new ArchiveError('parameter_invalid',
      `the right would end at ${isoOf(endsMs)}, which is over; 'grants end' ends a right`)
  }
  const detail = `run=${progId} role=${role} ends=${endsMs === null ? 'never' : isoOf(endsMs)}`
  truth.change(lineOf(archive, 'grant_add', actor, { subject, detail }), () => truth.putGrant(grant))
  return grant
}

/** Which rights to end: of every role unless one is given, now unless a later time is. */
export interface Ending {
  readonly subject: string
  readonly progId: string
  readonly role: Grant['role'] | null
  readonly endsMs: number | null
}

/** Ends rights, and gives them as they are then. Throws `parameter_invalid` when there is none to end. */
export function endGrants(archive: Parts, actor: string, ending: Ending): readonly Grant[] {
  const { truth } = archive
  const { subject, progId, role } = ending
  knownPerson(truth, subject)
  knownRun(truth, progId)
  const nowMs = archive.now()
  const endsMs = Math.max(ending.endsMs ?? nowMs, nowMs)
  const held = truth.listGrants({ subject, progId })
    .filter((grant) => role === null || grant.role === role)
    .filter((grant) => grant.endsMs === null || grant.endsMs > nowMs)
  if (held.length === 0) {
    throw new ArchiveError('parameter_invalid', `'${subject}' holds no right to '${progId}'`
      + `${role === null ? '' : ` as ${role}`} that could be ended`)
  }
  return held.map((grant) => {
    const ended = { ...grant, endsMs }
    const detail = `run=${progId} role=${grant.role} ends=${isoOf(endsMs)}`
    truth.change(lineOf(archive, 'grant_end', actor, { subject, detail }), () => truth.putGrant(ended))
    return ended
  })
}

/** Grants that hold now, or all that ever were. Throws `parameter_invalid` for unknown names. */
export function listGrants(
  { truth, now }: Parts,
  { subject, progId, all }: {
    readonly subject: string | null; readonly progId: string | null; readonly all: boolean
  },
): readonly Grant[] {
  if (subject !== null) knownPerson(truth, subject)
  if (progId !== null) knownRun(truth, progId)
  const nowMs = now()
  return truth.listGrants({ subject: subject ?? undefined, progId: progId ?? undefined })
    .filter(({ endsMs }) => all || endsMs === null || endsMs > nowMs)
}

/** Adds a person, by the hash of a password. Throws `parameter_invalid` when there is one of the name. */
export function addPerson(
  archive: Parts, actor: string, subject: string, passwordHash: string, details: Details,
): void {
  const { truth } = archive
  if (truth.findPerson(subject)) {
    throw new ArchiveError('parameter_invalid',
      `'${subject}' is there already; 'people password' changes the password, 'people set' the rest`)
  }
  const { givenName = '', familyName = '', email = '', isOperator = false } = details
  const fullName = `${givenName} ${familyName}`.trim()
  const name = details.name ?? (fullName === '' ? subject : fullName)
  const detail = `operator=${isOperator ? 'yes' : 'no'}`
  truth.change(lineOf(archive, 'person_add', actor, { subject, detail }), () => truth.putPerson(
    { subject, name, givenName, familyName, email, isOperator, passwordHash }))
}

/** Changes what is given of a person. Throws `parameter_invalid` for an unknown one. */
export function setPerson(archive: Parts, actor: string, subject: string, details: Details): void {
  const { truth } = archive
  const { name, givenName, familyName, email, isOperator, ...kept } = knownPerson(truth, subject)
  const changed: Person = {
    ...kept, name: details.name ?? name, givenName: details.givenName ?? givenName,
    familyName: details.familyName ?? familyName, email: details.email ?? email,
    isOperator: details.isOperator ?? isOperator,
  }
  const detail = Object.entries(details).map(([key, value]) =>
    key === 'isOperator' ? `operator=${value === true ? 'yes' : 'no'}` : key).join(' ')
  truth.change(lineOf(archive, 'person_set', actor, { subject, detail }), () => truth.putPerson(changed))
}

/** The old password no longer signs in, and tokens that it gave are over. */
export function setPassword(archive: Parts, actor: string, subject: string, passwordHash: string): void {
  const { truth } = archive
  const person = knownPerson(truth, subject)
  truth.change(lineOf(archive, 'person_password', actor, { subject }), () => truth.putPerson(
    { ...person, passwordHash, tokensFromMs: archive.now() }))
}

/** Makes a run known before its frames come. Throws `parameter_invalid` when it is. */
export function addRun(archive: Parts, actor: string, progId: string, metadataPublic: boolean): void {
  const { truth } = archive
  if (truth.findRun(progId)) {
    throw new ArchiveError('parameter_invalid', `the run '${progId}' is there already; 'runs set' changes it`)
  }
  const detail = `run=${progId} metadata=${metadataPublic ? 'public' : 'protected'}`
  truth.change(lineOf(archive, 'run_add', actor, { detail }), () => truth.putRun({ progId, metadataPublic }))
}

/** Opens or closes a run's metadata, and waits until the published tables show it. */
export async function setRun(
  archive: Parts & Pick<Archive, 'columns' | 'files' | 'catalog'>, actor: string, progId: string,
  metadataPublic: boolean,
): Promise<{ readonly changed: boolean }> {
  const { truth, columns } = archive
  const run = knownRun(truth, progId)
  const changed = run.metadataPublic !== metadataPublic
  if (changed) {
    const detail = `run=${progId} metadata=${metadataPublic ? 'public' : 'protected'}`
    truth.change(lineOf(archive, 'run_set', actor, { detail }),
      () => truth.putRun({ progId, metadataPublic }))
  }
  await catchUp(truth, columns, catalogueOpener(archive))
  // Jobs that began before the tables were closed may have read what was open in them.
  if (changed && !metadataPublic) truth.closeResults(run.runId)
  return { changed }
}

/** Makes a new signing key; tokens of the old ones stay good for their time. */
export async function rotateKeys(archive: Parts & Pick<Archive, 'keys'>, actor: string): Promise<Rotation> {
  const { keys, now, truth } = archive
  const rotation = await keys.rotate(now(), TOKEN_SECONDS * 1000)
  const detail = [`kid=${rotation.kid}`, ...rotation.removed.map((kid) => `removed=${kid}`)].join(' ')
  truth.change(lineOf(archive, 'keys_rotate', actor, { detail }), () => undefined)
  return rotation
}
