export type { BoundName, Filter, SourceColumn, SourcePart, Sources, TableSource } from './source.ts'
export type { Bindings, BoundValue, Statement, TextMode } from './statement.ts'
