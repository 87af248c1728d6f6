import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from './durable-file.ts'
import { DataUnreadable } from './recovery.ts'

const MARKER = 'moved.json'

/** Says that what is in the directory has gone on in another database, so that no start takes up the old state by mistake. */
export async function markMoved(dataDirectory: string, move: { to: string; at: string }): Promise<void> {
  await writeDurably(join(dataDirectory, MARKER), `${JSON.stringify(move)}\n`)
}

/** Throws DataUnreadable where `markMoved` was. */
export function requireNotMoved(dataDirectory: string): void {
  const path = join(dataDirectory, MARKER)
  if (!existsSync(path)) return
  const { to, at } = JSON.parse(readFileSync(path, 'utf8')) as { to: string; at: string }
  throw new DataUnreadable(
    `The database in ${dataDirectory} was moved to ${to} at ${at}. Start with DATABASE_URL; to go back to the state of that ` +
      `moment, remove ${path}.`,
  )
}
