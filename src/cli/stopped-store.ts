import type { Config } from '../config/config.ts'
import { DirectoryLocked } from '../store/embedded/directory-lock.ts'
import { openStore, type Store } from '../store/open-store.ts'
import { DatabaseUnreachable } from '../store/postgres/open-postgres.ts'
import { Unreachable } from './api-client.ts'

/**
 * The store of an installation that isn't running, with the settings that it runs with; nothing of it is made or migrated. Throws
 * Unreachable when it can't be opened, because there is none or somebody has it open, and as `openStore` does.
 */
export async function openStoppedStore(config: Config, onWarning: (message: string) => void): Promise<Store> {
  try {
    return await openStore(config, { onWarning, asItIs: true })
  } catch (error) {
    if (error instanceof DatabaseUnreachable || error instanceof DirectoryLocked)
      throw new Unreachable(error.message, error)
    throw error
  }
}
