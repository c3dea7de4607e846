export type { Cell, Datatype, Field, Info, Row } from './field.ts'
