import { constants } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces `path` by a file with this content. When it resolves, the new one is there after a power loss too; until then
 *  the old one or none is, never a part. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(`${path}.tmp`, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.tmp`, path)
  await syncDirectory(dirname(path))
}

/** Makes renames, creations and removals in a directory survive a power loss. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows can't open a directory; its file systems journal names on their own.
  if (process.platform === 'win32') return
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
