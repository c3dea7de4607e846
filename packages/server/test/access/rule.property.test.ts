import { afterAll } from 'vitest'
import { openDuckdbColumns } from '../../src/stores/duckdb-columns.ts'
import { ruleContract } from '../contract/rule.ts'
import { SETTINGS, temporaryPath } from '../support/columns.ts'

const folder = temporaryPath('columns.duckdb')
afterAll(() => { folder.remove() })

ruleContract(() => openDuckdbColumns(folder.path, SETTINGS))
