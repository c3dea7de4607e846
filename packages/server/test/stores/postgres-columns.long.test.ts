import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns } from '../../src/stores/columns.ts'
import { openPostgresColumns } from '../../src/stores/postgres-columns.ts'
import type { PostgresSettings } from '../../src/stores/postgres-columns.ts'
import { columnsContract } from '../contract/columns.ts'
import { EVERY_TYPE, PUBLIC_TABLE, rowsOf, statement, truthRow } from '../support/columns.ts'
import { describePostgres, startPostgres } from '../support/postgres.ts'
import type { PostgresServer } from '../support/postgres.ts'

const settings = (url: string): PostgresSettings =>
  ({ url, stored: [EVERY_TYPE, PUBLIC_TABLE], connections: 8, statementSeconds: 60 })
const COUNT = statement('select count(*) from archive.dbo_every_public', { n: 'long' })

describePostgres('PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => { server = await startPostgres() })
  afterAll(async () => { await server.stop() })
  const fresh = async () => openPostgresColumns(settings(await server.freshUrl()))

  describe('contract', () => { columnsContract(fresh) })
})
