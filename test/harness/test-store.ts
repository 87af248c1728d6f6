import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { cachedDirectory, copyCachedDirectory } from './cached-directory.ts'
import { createMigratedDatabase } from './test-database.ts'

const { DATABASE_URL } = process.env
const quiet = { onWarning: () => {}, onLockLost: () => {} }

export type StoreMode = Database['mode']

/** The databases that a test of the store runs on. */
export const STORE_MODES: readonly StoreMode[] = DATABASE_URL === undefined ? ['embedded'] : ['embedded', 'postgres']

export interface TestStore {
  database: Database
  /** Of the embedded database; empty otherwise. */
  dataDir: string
  close: () => Promise<void>
}

/** A database of its own with the schema and nothing in it. The embedded one is copied, not made anew. */
export async function openTestStore(mode: StoreMode = 'embedded'): Promise<TestStore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-store-'))
  const scratch = mode === 'postgres' ? await createMigratedDatabase(DATABASE_URL ?? '') : undefined
  if (scratch === undefined) await copyEmptyStore(dataDir)
  const database = await openDatabase({ databaseUrl: scratch?.url, dataDir, ...quiet })
  return {
    database,
    dataDir,
    close: async () => {
      await database.close()
      await scratch?.drop()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** Copies the data directory of an embedded database with the schema and nothing in it, that no gateway has used. */
export async function copyEmptyStore(target: string): Promise<void> {
  const template = await cachedDirectory('empty-store', ['src/store', 'src/platform'], async (dataDir) => {
    const database = await openDatabase({ dataDir, ...quiet })
    await database.close()
  })
  copyCachedDirectory(template, target)
}
