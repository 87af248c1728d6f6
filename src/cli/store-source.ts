import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { readJournal } from '../gateway/journal/journal.ts'
import { wholeJsonOf } from '../gateway/journal/journal-record.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { copyInUse } from '../store/embedded/copy-in-use.ts'
import { DirectoryLocked } from '../store/embedded/directory-lock.ts'
import { isEmbeddedHere } from '../store/embedded/open-embedded.ts'
import { DatabaseUnreachable } from '../store/postgres/open-postgres.ts'
import { replayJournal } from '../store/replay-journal.ts'
import { Unreachable } from './api-client.ts'

export interface OpenedDatabase {
  database: Database
  close: () => Promise<void>
}

export interface SourceOptions {
  onWarning: (message: string) => void
  /** Where a copy of a database that is in use may lie for a while. */
  scratch: string
}

/**
 * Opens what is to be read. PostgreSQL serves on meanwhile. An embedded database is opened under its lock, with what the
 * journal owes in it; where a process has it, a copy of its newest snapshot and its journal stands for it. Throws Unreachable.
 */
export async function openSource(config: Config, { onWarning, scratch }: SourceOptions): Promise<OpenedDatabase> {
  if (config.databaseUrl !== null) return await openReachable(config, config.dataDir, onWarning)
  try {
    return await openEmbeddedSource(config, config.dataDir, onWarning)
  } catch (error) {
    if (!((error as Error).cause instanceof DirectoryLocked)) throw error
  }
  const copy = await mkdtemp(`${scratch}.work-`)
  const remove = () => rm(copy, { recursive: true, force: true })
  try {
    await copyInUse(config.dataDir, join(copy, 'data'))
    const { database, close } = await openEmbeddedSource(config, join(copy, 'data'), () => {})
    return { database, close: () => close().finally(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

/** The embedded database in a directory, with everything that its journal says. Throws Unreachable. */
export async function openEmbeddedSource(
  config: Config,
  dataDir: string,
  onWarning: (message: string) => void,
): Promise<OpenedDatabase> {
  if (!isEmbeddedHere(dataDir)) throw new Unreachable(`there is no database in ${dataDir}`, undefined)
  const opened = await openReachable({ ...config, databaseUrl: null, databaseUrlDirect: null }, dataDir, onWarning)
  try {
    for (const journal of journalsIn(dataDir))
      await replayJournal(opened.database.kysely, readJournal(journal), {
        isPrepaid: config.billing === 'prepaid',
        encode: wholeJsonOf,
      })
    return opened
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function openReachable(
  { databaseUrl, databaseUrlDirect, bootId }: Config,
  dataDir: string,
  onWarning: (message: string) => void,
): Promise<OpenedDatabase> {
  try {
    const database = await openDatabase({
      databaseUrl: databaseUrl ?? undefined,
      databaseUrlDirect: databaseUrlDirect ?? undefined,
      dataDir,
      bootId: bootId ?? undefined,
      asItIs: true,
      onWarning,
      onLockLost: stopAtOnce,
    })
    return { database, close: () => database.close() }
  } catch (error) {
    if (error instanceof DatabaseUnreachable || error instanceof DirectoryLocked)
      throw new Unreachable(error.message, error)
    throw error
  }
}

/** For when another process was forced into the directory. */
export function stopAtOnce(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function journalsIn(dataDir: string): string[] {
  const journals = join(dataDir, 'journal')
  return existsSync(journals) ? readdirSync(journals).map((name) => join(journals, name)) : []
}
