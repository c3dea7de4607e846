/** An archive that serves two TAP services, as a folder that was made, filled and opened. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { queryStatus, readVotable, recordsOf, resultTable } from '@quipu/vo/votable'
import { openArchive } from '../../src/archive.ts'
import type { OpenArchive } from '../../src/archive.ts'
import { makeIdToken } from '../../src/auth/token.ts'
import { startServer } from '../../src/http/server.ts'
import { ingestFolder } from '../../src/ingest/ingest.ts'
import { form } from './tap.ts'
import { record, SAFCAT, STARS } from './catalogues.ts'
import { dataFolder } from './data-folder.ts'
import { fitsBytes, folderOf, FRAME, rawCards } from './ingest.ts'

const ACCESS = `
people:
  - { subject: pi, password: pi-demo, name: P I, givenName: P, familyName: I, email: pi@example.org }
  - { subject: operator, password: o-demo, name: O P, givenName: O, familyName: P, email: o@example.org, operator: true }
runs: []
`

export interface TwoServices {
  readonly archive: OpenArchive
  readonly url: string
  /** A query by POST to sync: status, message, and rows by name. */
  query(service: string, adql: string, as?: string): Promise<{
    readonly http: number; readonly status: string; readonly message: string
    readonly rows: readonly Record<string, unknown>[]
  }>
  ask(path: string, options?: RequestInit & { as?: string }): Promise<Response>
  close(): Promise<void>
}

/** One raw frame on `tap_obs`, three stars on `tap_cat`. */
export async function openTwoServices(): Promise<TwoServices> {
  const dir = await dataFolder(ACCESS)
  await writeFile(join(dir, 'schema/safcat.yaml'), SAFCAT)
  const archive = await openArchive(dir, { log: pino({ level: 'silent' }) })
  const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)), 'stars.csv': STARS }, [record()])
  const { problems } = await ingestFolder(archive, folder)
  if (problems.length > 0) throw new Error(problems[0]?.what)
  const server = await startServer(archive, { host: '127.0.0.1', port: 0 })
  const tokenOf = async (subject: string): Promise<string> => {
    const person = archive.truth.findPerson(subject)
    if (!person) throw new Error(`nobody is called ${subject}`)
    return makeIdToken(archive.keys, person, {
      issuer: `${server.url}/sso/oidc`, tokenId: archive.id(), nowMs: archive.now(), accessToken: 'test',
    })
  }
  const ask: TwoServices['ask'] = async (path, { as, ...options } = {}) => fetch(`${server.url}${path}`, {
    redirect: 'manual', ...options, headers: as === undefined ? {} : { Authorization: `Bearer ${await tokenOf(as)}` },
  })
  return {
    archive, url: server.url, ask,
    async query(service, adql, as) {
      const answer = await ask(`/${service}/sync`, {
        method: 'POST', body: new URLSearchParams(form({ LANG: 'ADQL', QUERY: adql })), ...as === undefined ? {} : { as },
      })
      const votable = await readVotable(await answer.text())
      const { status, message } = queryStatus(votable)
      return { http: answer.status, status, message, rows: status === 'ERROR' ? [] : recordsOf(resultTable(votable)) }
    },
    async close() {
      await server.close()
      await archive.close()
    },
  }
}
