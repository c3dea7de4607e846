import { afterAll, beforeAll } from 'vitest'
import { openPostgresColumns } from '../../src/stores/postgres-columns.ts'
import { UPLOAD_CONFIG, uploadContract } from '../contract/upload.ts'
import { describePostgres, startPostgres } from '../support/postgres.ts'
import type { PostgresServer } from '../support/postgres.ts'
import { makeTapArchive } from '../support/tap.ts'

describePostgres('uploads on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => { server = await startPostgres() })
  afterAll(() => server.stop())
  uploadContract(async () => {
    const url = await server.freshUrl()
    return makeTapArchive({
      config: UPLOAD_CONFIG,
      open: (stored) => openPostgresColumns({ url, stored, connections: 3, statementSeconds: 60 }),
    })
  })
})
