export { assert, Bug } from './assert.ts'
export { ArchiveError, ERROR_CODES } from './errors.ts'
export type { ErrorCode, Fault, Place } from './errors.ts'
export { escapeXml } from './xml.ts'
