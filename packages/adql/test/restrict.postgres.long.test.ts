import { afterAll, beforeAll } from 'vitest'
import { describePostgres, startPostgres } from '../../server/test/support/postgres.ts'
import type { PostgresServer } from '../../server/test/support/postgres.ts'
import { openPostgresObservatory } from './support/postgres-observatory.ts'
import { restrictionContract } from './support/restriction.ts'

describePostgres('restriction on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => { server = await startPostgres() })
  afterAll(async () => { await server.stop() })

  restrictionContract(async (raw, obs) => openPostgresObservatory(await server.freshUrl(), raw, obs))
})
