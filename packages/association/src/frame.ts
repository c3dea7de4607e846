/** What the engine is given and gives between ingest and question. Frames are plain key maps. Design §2. */

export type KeyValue = string | number | boolean

/** One exposure, or one master calibration. */
export interface Frame {
  /** dp_id. */
  readonly id: string
  readonly instrument: string
  readonly kind: 'raw' | 'master'
  /** Start of the exposure, days. */
  readonly mjd: number
  readonly exposureSeconds: number
  /** Certified by quality control. */
  readonly certified: boolean
  /** Keywords in their short form: `DPR.CATG`, `INS.FILT1.NAME`, `MJD-OBS`. */
  readonly keys: Readonly<Record<string, KeyValue>>
}

/** What a rule set says of one frame at ingest. */
export interface Classification {
  /** Id and content hash of the rule set that said it. */
  readonly ruleSet: string
  /** `FLAT_SKY`: the type that drives the cascade; a master's is its tag. */
  readonly rawType: string
  /** `SKY_FLAT_IMG`: what a file is called in answers (DO class, PRO.CATG). */
  readonly category: string
  /** Frames with the same key are one group; a master is a group of its own. */
  readonly groupKey: string
  /** Index entries under which the group can be found. */
  readonly entries: readonly IndexEntry[]
}

/** `family` names what is wanted (a tag and where from), `keyHash` the values it must match. */
export interface IndexEntry { readonly family: string; readonly keyHash: string }

/** Frames that are used together: the exposures of one template, or one master. */
export interface Group {
  /** Stable across ingest orders. */
  readonly id: string
  readonly kind: 'raw' | 'master'
  readonly rawType: string
  /** Mean of the members' times, days. */
  readonly mjd: number
  /** By time, then id. Never empty. */
  readonly members: readonly { readonly frame: Frame; readonly classification: Classification }[]
}

/** A question to the index. */
export interface NearQuery extends IndexEntry {
  readonly atMjd: number
  /** Inclusive; infinite where there is no bound. */
  readonly fromMjd: number
  readonly toMjd: number
  readonly limit: number
}

/** Gives groups nearest in time first; only what the caller may know of. */
export type FindGroups = (query: NearQuery) => readonly Group[]
