/**
 * The header of a FITS file on disk, checked. A file of ordinary size is read whole, so that its data are
 * known to fit its headers; of a larger one only the first header is looked at. FITS 4.0 §3, §4.
 */
import { open, readFile } from 'node:fs/promises'
import { ArchiveError } from '@quipu/vo'
import {
  checkFits, dataBytes, decompressZ, decompressZStart, headerText, isCompressed, keysOf, paddedBytes,
  parseHeader,
} from '@quipu/vo/fits'
import type { Card, KeyValue } from '@quipu/vo/fits'
import type { FoundFile } from './folder.ts'

/** Files up to this size are read whole, and may unpack to `UNPACKED_BYTES`. */
const WHOLE_BYTES = 64 * 1024 * 1024
const UNPACKED_BYTES = 1024 * 1024 * 1024
/** The longest header that is read of a larger file. */
const HEADER_BYTES = 4 * 1024 * 1024

export interface FitsHeader { readonly text: string; readonly keys: Readonly<Record<string, KeyValue>> }

/** Throws `holding_invalid` when it is not a sound FITS file. */
export async function readFitsFile(file: FoundFile): Promise<FitsHeader> {
  const cards = file.sizeBytes <= WHOLE_BYTES ? await checkWhole(file) : await checkStart(file)
  return { text: headerText(cards), keys: keysOf(cards) }
}

async function checkWhole(file: FoundFile): Promise<readonly Card[]> {
  const bytes = await readFile(file.absolute)
  const isZ = checkName(file, bytes)
  const [first] = checkFits(isZ ? decompressZ(bytes, UNPACKED_BYTES) : bytes)
  return first?.cards ?? []
}

async function checkStart(file: FoundFile): Promise<readonly Card[]> {
  const handle = await open(file.absolute)
  try {
    const start = new Uint8Array(HEADER_BYTES)
    const { bytesRead } = await handle.read(start, 0, start.length, 0)
    const bytes = start.subarray(0, bytesRead)
    const isZ = checkName(file, bytes)
    const { cards, headerBytes } = parseHeader(isZ ? decompressZStart(bytes, HEADER_BYTES) : bytes)
    const wanted = headerBytes + paddedBytes(dataBytes(cards))
    if (!isZ && file.sizeBytes < wanted) {
      throw new ArchiveError('holding_invalid', `the file has ${file.sizeBytes} of ${wanted} bytes`)
    }
    return cards
  } finally {
    await handle.close()
  }
}

/** True of UNIX compress, when name and bytes say so. */
function checkName(file: FoundFile, bytes: Uint8Array): boolean {
  const isZ = isCompressed(bytes)
  if (isZ !== /\.Z$/i.test(file.path)) {
    throw new ArchiveError('holding_invalid', isZ
      ? 'it is compressed, but its name does not end in .Z' : 'its name ends in .Z, but it is not compressed')
  }
  return isZ
}

