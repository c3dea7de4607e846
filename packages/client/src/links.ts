/** Follows DataLink and calSelector. DataLink 1.1 §3; eso-protocol §4 and §5. */
import { ArchiveError } from '@quipu/vo'
import { isSemantics, readLinks, SEMANTICS } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { parseDpId, publisherDid, readAssociationTree, readThisDescription } from '@quipu/vo/eso'
import type { CascadeFlags, Mode, TreeAssociation } from '@quipu/vo/eso'
import { readVotable } from '@quipu/vo/votable'
import type { ArchiveProfile } from './profile.ts'
import type { Requester } from './request.ts'

/** The calibrations of one frame, as the list form of calSelector gives them. */
export interface Calibrations {
  readonly dpId: string
  readonly requestedMode: Mode
  readonly flags: CascadeFlags
  /** The answer's warnings for a person, gravest first; empty when all is well. */
  readonly warnings: readonly Warning[]
  /** `#calibration` rows only, each file once. */
  readonly files: readonly Link[]
  /** Frames to be reduced together with it. */
  readonly siblings: readonly Link[]
  /** The address of the association tree; null when the answer has none. */
  readonly treeUrl: string | null
  /** Every row, as it came. */
  readonly links: readonly Link[]
}

export interface Warning { readonly level: 'alert' | 'warning'; readonly text: string }

export interface LinkService {
  /**
   * The links of a product, by dp_id or by a DataLink address from a result.
   * @throws ArchiveError `product_not_found` when it does not exist or the caller may not know of it.
   */
  links(dpIdOrUrl: string, signal?: AbortSignal): Promise<readonly Link[]>
  /** The calibrations of a frame, by dp_id or by a calSelector address from a DataLink row. */
  calibrations(dpIdOrUrl: string, mode: Mode, signal?: AbortSignal): Promise<Calibrations>
  /** The association tree at an address of `treeUrl`, as sent and as read. */
  tree(url: string, signal?: AbortSignal): Promise<{ xml: string; root: TreeAssociation; fileName: string }>
}

/** Trees are larger than a page and smaller than this. */
const MAX_TREE_BYTES = 64_000_000

export function makeLinkService(profile: ArchiveProfile, requester: Requester): LinkService {
  const read = async (url: string, signal?: AbortSignal): Promise<readonly Link[]> => {
    const { response } = await requester.ask(url, { signal, headers: { Accept: 'application/x-votable+xml, */*;q=0.5' } })
    const body = response.body as unknown as AsyncIterable<Uint8Array> | null
    const links = readLinks(await readVotable(body ?? await response.text()))
    const failed = links.find(({ errorMessage }) => errorMessage !== null && errorMessage !== '')
    if (failed) throw new ArchiveError('product_not_found', failed.errorMessage ?? '')
    if (links.length === 0) {
      throw new ArchiveError('product_not_found', 'the answer has no links: it does not exist, or you may not know of it')
    }
    return links
  }
  return {
    links: (dpIdOrUrl, signal) => read(isUrl(dpIdOrUrl)
      ? dpIdOrUrl : `${profile.datalinkUrl}?ID=${publisherDid(parseDpId(dpIdOrUrl))}`, signal),
    async calibrations(dpIdOrUrl, mode, signal) {
      const url = isUrl(dpIdOrUrl) ? dpIdOrUrl
        : `${profile.calselectorUrl}?dp_id=${parseDpId(dpIdOrUrl)}&mode=${mode}&responseformat=votable`
      return calibrationsOf(await read(url, signal), mode)
    },
    async tree(url, signal) {
      const { response } = await requester.ask(url, { signal })
      const xml = await response.text()
      if (xml.length > MAX_TREE_BYTES) throw new ArchiveError('document_too_large', 'the association tree is too large')
      return { xml, root: readAssociationTree(xml), fileName: fileNameOf(response) ?? 'association_tree.xml' }
    },
  }
}

function isUrl(text: string): boolean {
  return /^https?:/.test(text)
}

/** Sorts the rows of a calSelector list and reads its flags. */
export function calibrationsOf(links: readonly Link[], requestedMode: Mode): Calibrations {
  const main = links.find((link) => link.semantics === SEMANTICS.this)
  if (!main) throw new ArchiveError('document_invalid', "the calibration list has no row with semantics '#this'")
  const flags = readThisDescription(main.description ?? '')
  const seen = new Set<string>()
  const files = links.filter((link) => {
    if (!isSemantics(link, SEMANTICS.calibration) || link.accessUrl === null || seen.has(link.accessUrl)) return false
    seen.add(link.accessUrl)
    return true
  })
  const tree = links.find(({ esoCategory }) => esoCategory === 'ASSOCIATION_TREE')
  return {
    dpId: dpIdOfLink(main),
    requestedMode, flags, files, links,
    warnings: warningsOf(flags, requestedMode),
    siblings: links.filter((link) => isSemantics(link, SEMANTICS.siblingRaw)),
    treeUrl: tree?.accessUrl ?? null,
  }
}

/** What the flags mean for somebody who wants to reduce data. */
export function warningsOf(flags: CascadeFlags, requestedMode: Mode): Warning[] {
  const warnings: Warning[] = []
  const said = flags.messages === '' ? '' : ` The archive says: ${flags.messages}`
  if (!flags.complete) {
    warnings.push({ level: 'alert', text: `the calibration cascade is incomplete: files that the calibration plan asks for are missing.${said}` })
  }
  if (flags.mode !== requestedMode) {
    const instead = flags.mode === 'Raw2Raw' ? 'raw calibrations come instead' : `${flags.mode} was executed instead`
    warnings.push({ level: 'warning', text: `${requestedMode} could not be executed: ${instead}.${flags.complete ? said : ''}` })
  }
  if (!flags.certified) {
    warnings.push({ level: 'warning', text: 'the cascade is not certified: quality control has not approved all of these files (yet)' })
  }
  return warnings
}

/** The dp_id that a link's file has: the last id in its address, or of its own identifier. */
export function dpIdOfLink(link: Link): string {
  const inUrl = /[?&]ID=ivo:\/\/[^?]+\?([^&]+)/.exec(link.accessUrl ?? '')?.[1]
    ?? /\/file\/([^/?#]+)$/.exec(link.accessUrl ?? '')?.[1]
  const text = inUrl ?? link.id.split('?').at(-1) ?? link.id
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * The name that the answer gives its file: Content-Disposition (RFC 6266 §4.3), as a bare file name.
 * Folders, control characters and leading dots in it are not believed.
 */
export function fileNameOf(response: Response): string | undefined {
  const header = response.headers.get('Content-Disposition') ?? ''
  const match = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(header)
  return safeFileName(match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2])
}

/** A name that stays in its folder on every system; undefined when nothing is left of it. */
export function safeFileName(text: string | undefined): string | undefined {
  const name = text?.split(/[/\\]/).at(-1)?.replaceAll(/[\x00-\x1f\x7f<>"|?*]/g, '').trim().replace(/^\.+/, '').slice(0, 200)
  return name === undefined || name === '' ? undefined : name
}
