export { writeAvailability } from './availability.ts'
export type { Availability } from './availability.ts'
export {
  readCapabilities, SECURITY_METHODS, STANDARD_IDS, writeServiceCapabilities, writeTapCapabilities,
} from './capabilities.ts'
export type {
  Capability, Interface, LanguageFeature, LimitPair, OutputFormat, ServiceCapabilities, TapCapabilities,
} from './capabilities.ts'
export type { Column, ForeignKey, Schema, Table, TableSet } from './table-set.ts'
export { readTable, readTables, writeTable, writeTables } from './tables.ts'
export type { Spelling } from './tables.ts'
