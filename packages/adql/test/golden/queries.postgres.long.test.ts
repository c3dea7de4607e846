import { afterAll, beforeAll } from 'vitest'
import { describePostgres, startPostgres } from '../../../server/test/support/postgres.ts'
import type { PostgresServer } from '../../../server/test/support/postgres.ts'
import { openPostgresObservatory } from '../support/postgres-observatory.ts'
import { goldenContract } from './contract.ts'
import { shapesContract } from './shapes-contract.ts'

describePostgres('golden queries on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => { server = await startPostgres() })
  afterAll(async () => { await server.stop() })

  shapesContract(async () => openPostgresObservatory(await server.freshUrl()))
  goldenContract(async () => openPostgresObservatory(await server.freshUrl()))
})
