/** Names on the disk: a new one is durable only when its folder is. */
import { open } from 'node:fs/promises'

/** Windows cannot open a folder; its renames are durable by themselves. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
