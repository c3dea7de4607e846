/**
 * One frame's calibrations, as one caller may have them: find the frame, find groups by index, let the
 * engine decide. Design §4 (third flow) and §5: what the caller may not discover never reaches the engine.
 */
import { associate, distinctCalibrations, explain, siblingNodes, treeOf } from '@quipu/association'
import type { Cascade, FindGroups } from '@quipu/association'
import type { Mode, TreeAssociation } from '@quipu/vo/eso'
import type { Principal } from '../access/principal.ts'
import { scopeOf } from '../access/rule.ts'
import type { Sight } from '../access/sight.ts'
import type { Archive } from '../archive.ts'
import type { Product } from '../stores/truth.ts'

/** What one id of a request comes to. */
export interface Associated {
  readonly product: Product
  /** What the frame is called in answers: its pipeline tag. */
  readonly category: string
  /** The type that drives the cascade. */
  readonly type: string
  readonly requestedMode: Mode
  readonly executedMode: Mode
  readonly complete: boolean
  readonly certified: boolean
  readonly messages: readonly string[]
  readonly calibrations: readonly { readonly id: string; readonly category: string }[]
  readonly siblings: readonly { readonly id: string; readonly category: string }[]
  /** Throws `document_too_large` where subtrees repeat too often. */
  readonly tree: () => TreeAssociation
  /** Lines for a person: which rule took which group, and why. Complete when reasons were asked for. */
  readonly reasons: () => readonly string[]
}

/** ESO's word for a frame that no rule knows (eso-protocol §5.5). */
const UNKNOWN = 'UNKNOWN_CATEGORY'

/**
 * Associates a frame. One that no rule set knows has an empty association with a message.
 * @throws ArchiveError `product_not_found`, for unknown and hidden frames alike.
 */
export function associated(
  { truth, rules }: Pick<Archive, 'truth' | 'rules'>, dpId: string, principal: Principal,
  { mode, withReasons, sight }: {
    readonly mode: Mode; readonly withReasons: boolean; readonly sight: Pick<Sight, 'find'>
  },
): Associated {
  const product = sight.find(dpId)
  const scope = scopeOf(principal)
  const known = truth.findCalibration(dpId)
  const group = known && truth.findGroup(dpId, scope)
  if (!known || !group) return unassociated(product, mode)
  const find: FindGroups = (query) => truth.nearGroups(query, scope)
  const cascade = associate(rules, group, dpId, mode, find, { withReasons })
  return {
    product,
    category: known.classification.category,
    type: cascade.root.rawType,
    ...outcomeOf(cascade),
    calibrations: distinctCalibrations(cascade),
    siblings: siblingNodes(cascade).flatMap(({ members }) => members),
    tree: () => treeOf(cascade),
    reasons: () => explain(cascade),
  }
}

function outcomeOf({ requestedMode, executedMode, complete, certified, messages }: Cascade) {
  return { requestedMode, executedMode, complete, certified, messages }
}

function unassociated(product: Product, mode: Mode): Associated {
  const messages = ['No association could be established: this file type is not supported']
  const flags = { complete: false, certified: false, messages }
  return {
    product, category: UNKNOWN, type: UNKNOWN, requestedMode: mode, executedMode: mode, ...flags,
    calibrations: [], siblings: [], reasons: () => messages,
    tree: () => ({
      ...flags, category: UNKNOWN, mode, type: 'main',
      mainFiles: [{ category: UNKNOWN, name: product.dpId }], associatedFiles: [],
    }),
  }
}
