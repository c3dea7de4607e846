import { describe, expect, test } from 'vitest'
import { archiveWith, filesIn, serve, truthOf, until } from '../support/processes.ts'
import { BOUNDARY, bodyOf, ints } from '../support/upload.ts'

describe('a server that is killed', { timeout: 120_000 }, () => {
  test('has the uploads of every acknowledged job, and no other file', async () => {
    const dir = await archiveWith('tap: { runningJobs: 1 }\n')
    let server = await serve(dir)
    const values = Array.from({ length: 60_000 }, (_, i) => i)
    const made: string[] = []
    const sendJobs = async (): Promise<void> => {
      for (let i = 0; ; i++) {
        // Small ones are in memory before they are written, large ones on the disk.
        const file = i % 3 === 0 ? Buffer.concat([ints(...values), Buffer.alloc(5_000_000, 32)]) : ints(1, 2, 3)
        const body = bodyOf([
          { name: 'LANG', value: 'ADQL' }, { name: 'QUERY', value: 'SELECT COUNT(*) AS c FROM TAP_UPLOAD.t' },
          { name: 'UPLOAD', value: 't,param:f' }, { name: 'f', value: file, file: true }, { name: 'FORMAT', value: 'csv' },
        ])
        const answer = await fetch(`${server.url}/tap_obs/async`, {
          method: 'POST', redirect: 'manual', body: new Uint8Array(body), headers: { 'Content-Type': `multipart/form-data; boundary="${BOUNDARY}"` },
        })
        expect(answer.status).toBe(303)
        made.push(`${new URL(answer.headers.get('Location') ?? '').pathname} ${i % 3 === 0 ? 60_000 : 3}`)
      }
    }
    const sending = sendJobs().catch(() => undefined)
    await until(() => made.length >= 7, 'jobs are made')
    await server.kill()
    await sending

    server = await serve(dir)
    const keys = [...truthOf(dir).jobs.values()].flatMap(({ uploads = [] }) => uploads.flatMap(({ file }) => file?.key.split('/').at(-1) ?? []))
    expect(filesIn(dir, 'results')).toEqual(keys.sort())
    for (const [path = '', count] of made.map((line) => line.split(' '))) {
      await fetch(`${server.url}${path}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'RUN' }) })
      await until(async () => (await (await fetch(`${server.url}${path}/phase`)).text()) === 'COMPLETED', 'the job completes')
      expect((await (await fetch(`${server.url}${path}/results/result`)).text()).trim().split(/\s+/)).toEqual(['c', count])
    }
    await server.kill()
  })
})
