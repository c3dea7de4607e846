export type { Classification, FindGroups, Frame, Group, IndexEntry, KeyValue, NearQuery } from './frame.ts'
