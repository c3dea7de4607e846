/** Addresses that answers hold, all below the base that the caller used. eso-protocol §3 to §5. */
import { publisherDid } from '@quipu/vo/eso'
import type { DpId, Mode } from '@quipu/vo/eso'

/** Colons stay as they are, as ESO writes them; a dp_id holds nothing else that a URL minds. */
export function fileUrl(baseUrl: string, dpId: string): string {
  return `${baseUrl}/dataPortal/file/${dpId}`
}

/** The DataLink of a product: `…/datalink/links?ID=ivo://eso.org/ID?<dp_id>`, unencoded as at ESO. */
export function datalinkUrl(baseUrl: string, dpId: string): string {
  return `${baseUrl}/datalink/links?ID=${publisherDid(dpId as DpId)}`
}

/** The DataLink that leads on to the file itself. */
export function downloadUrl(baseUrl: string, dpId: string): string {
  return `${datalinkUrl(baseUrl, dpId)}&eso_download=file`
}

/** The association tree of a frame. */
export function treeUrl(baseUrl: string, dpId: string, mode: Mode): string {
  return `${baseUrl}/calselector/v1/associations?dp_id=${dpId}&mode=${mode}`
}

/** The list of a frame's calibrations. */
export function calibrationListUrl(baseUrl: string, dpId: string, mode: Mode): string {
  return `${treeUrl(baseUrl, dpId, mode)}&responseformat=votable`
}
