/** The commands for files, links and calibrations. */
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { dpIdOfLink } from '@quipu/client'
import type { ArchiveClient } from '@quipu/client'
import { download } from '@quipu/client/node'
import type { Downloading } from '@quipu/client/node'
import { ArchiveError, printable } from '@quipu/vo'
import { parseMode } from '@quipu/vo/eso'
import type { Mode } from '@quipu/vo/eso'
import { alignedTable, formatTree, progressLine, say } from './output.ts'
import type { Session } from './program.ts'

/** A file to get, and what to call it. */
interface Wanted { readonly id: string; readonly label: string }

/** `get`, `links`, `calibrations`, `tree`. */
export function addFiles(program: Command, session: Session, signal: AbortSignal): void {
  program.command('get').argument('<dp_id...>', 'identifiers or addresses')
    .description('download files; what is there already is not fetched again')
    .option('--to <folder>', 'where to', '.')
    .action(async (ids: string[], { to }: { to: string }) => {
      await getAll(await session(), ids.map((id) => ({ id, label: id })), to, { withToken: true, signal })
    })
  program.command('links').argument('<dp_id>').description('list what belongs to a product (DataLink)')
    .action(async (dpId: string) => {
      const links = await (await session()).links(dpId, signal)
      process.stdout.write(alignedTable(['semantics', 'type', 'bytes', 'address'], links.map((link) => [
        link.semantics, link.contentType ?? '', String(link.contentLength ?? ''),
        link.accessUrl ?? link.errorMessage ?? ''].map(printable))))
    })
  program.command('calibrations').argument('<dp_id>')
    .description('list or download the calibrations of a frame')
    .option('--mode <mode>', 'Raw2Raw or Raw2Master', readMode, 'Raw2Master' as Mode)
    .option('--get', 'download them')
    .option('--to <folder>', 'where to', '.')
    .action(async (dpId: string, options: { mode: Mode; get?: boolean; to: string }) => {
      const client = await session()
      const found = await client.calibrations(dpId, options.mode, signal)
      for (const { level, text } of found.warnings) say(`${level.toUpperCase()}: ${printable(text)}`)
      const files = found.files.map((link) =>
        ({ id: String(link.accessUrl), label: `${dpIdOfLink(link)} ${link.esoCategory ?? ''}`.trim() }))
      // Calibrations are public, but for those of protected runs.
      if (options.get === true) await getAll(client, files, options.to, { withToken: 'ifNeeded', signal })
      else process.stdout.write(files.map(({ label }) => `${printable(label)}\n`).join(''))
    })
  program.command('tree').argument('<dp_id>').description('draw the association tree of a frame')
    .option('--mode <mode>', 'Raw2Raw or Raw2Master', readMode, 'Raw2Master' as Mode)
    .option('--xml', 'the document itself')
    .action(async (dpId: string, options: { mode: Mode; xml?: boolean }) => {
      const client = await session()
      const { treeUrl } = await client.calibrations(dpId, options.mode, signal)
      if (treeUrl === null) throw new ArchiveError('product_not_found', 'the answer has no association tree')
      const tree = await client.tree(treeUrl, signal)
      process.stdout.write(options.xml === true ? tree.xml : formatTree(tree.root))
    })
}

/** Downloads one after the other; a refusal is told, the rest goes on, and the command fails at the end. */
async function getAll(
  client: ArchiveClient, files: readonly Wanted[], folder: string, downloading: Downloading,
): Promise<void> {
  let failed = 0
  for (const [i, { id, label }] of files.entries()) {
    const lead = `${i + 1}/${files.length} ${printable(label)}:`
    const line = progressLine(lead)
    try {
      const got = await download(client, id, folder, { ...downloading, onProgress: line.update })
      line.clear()
      process.stdout.write(`${got.path}\n`)
      say(`${lead} ${got.sizeBytes} bytes${got.wasThere ? ', was there' : ''}`)
    } catch (error) {
      line.clear()
      if (!(error instanceof ArchiveError) || error.code === 'token_expired') throw error
      failed += 1
      say(`${lead} ${printable(error.message)}`)
    }
  }
  if (failed > 0) throw new Error(`${failed} of ${files.length} files were not downloaded`)
}

function readMode(text: string): Mode {
  try {
    return parseMode(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : '')
  }
}
