export type { Column, ForeignKey, Schema, Table, TableSet } from './table-set.ts'
