import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, openDatabase } from './database.ts'
import { writeDurably } from './embedded/durable-file.ts'
import { readMachine } from './embedded/machine.ts'
import { createSealer, type Secrets, StartRefused } from './installation.ts'
import { acquireProcessLock, type ProcessLock } from './postgres/process-lock.ts'
import type { Sealer } from './sealer.ts'

const SECRET_FILE = 'secret'
const INSTANCE_FILE = 'instance'

export interface Store {
  database: Database
  /** The root of every key that this installation derives or keeps. */
  secrets: Secrets
  sealer: Sealer
  /** Held on PostgreSQL; the embedded database has a lock of its directory. */
  lock: ProcessLock | undefined
  /** What the data directory is known by, wherever it is mounted. */
  instanceId: string
  /** Of the machine, as long as it is not restarted. */
  bootId: string
}

/** The settings that say where the store is, as the configuration names them. */
export interface StoreSettings {
  databaseUrl: string | null
  databaseUrlDirect: string | null
  dataDir: string
  bootId: string | null
  /** Null: in the data directory. */
  secret: string | null
  previousSecret: string | null
}

export interface OpenStoreOptions {
  onWarning: (message: string) => void
  /** For commands that look at an installation: nothing is made or migrated. */
  asItIs?: boolean
}

/**
 * Opens the store of an installation for this process alone. Throws as `openDatabase` does, and StartRefused when there is no
 * secret and none may be made.
 */
export async function openStore(
  settings: StoreSettings,
  { onWarning, asItIs = false }: OpenStoreOptions,
): Promise<Store> {
  const { dataDir, databaseUrl, databaseUrlDirect } = settings
  if (asItIs && settings.secret === null) requireSecretFile(dataDir)
  if (!asItIs) mkdirSync(dataDir, { recursive: true })
  const instanceId = asItIs ? randomUUID() : await readInstanceId(dataDir)
  const lock =
    databaseUrl === null
      ? undefined
      : await acquireProcessLock({
          connectionString: databaseUrlDirect ?? databaseUrl,
          instanceId,
          isAlone: asItIs,
        })
  try {
    const database = await openDatabase({
      databaseUrl: databaseUrl ?? undefined,
      databaseUrlDirect: databaseUrlDirect ?? undefined,
      dataDir,
      bootId: settings.bootId ?? undefined,
      asItIs,
      onWarning,
      onLockLost: (message) => {
        process.stderr.write(`${message}\n`)
        process.exit(1)
      },
    })
    // Only now, because under the lock no other first start can be making one.
    const secrets = { current: settings.secret ?? (await localSecret(dataDir)), previous: settings.previousSecret }
    const { bootId } = readMachine(settings.bootId ?? undefined)
    return { database, lock, secrets, instanceId, bootId, sealer: createSealer(secrets) }
  } catch (error) {
    await lock?.release()
    throw error
  }
}

/** Those of an installation that is there already. Throws StartRefused when there is none. */
export function readSecrets({ secret, previousSecret, dataDir }: StoreSettings): Secrets {
  if (secret === null) requireSecretFile(dataDir)
  return { current: secret ?? readFileSync(join(dataDir, SECRET_FILE), 'utf8').trim(), previous: previousSecret }
}

function requireSecretFile(dataDir: string): void {
  const path = join(dataDir, SECRET_FILE)
  if (!existsSync(path)) throw new StartRefused(`neither SWITCHYARD_SECRET nor the file ${path} is there`)
}

/** The root of sealing keys when none is given: made once, readable by its owner alone, and synced, because a database that
 *  outlives it would never open again. */
async function localSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, SECRET_FILE)
  if (!existsSync(path)) await writeDurably(path, randomBytes(32).toString('hex'))
  return readFileSync(path, 'utf8').trim()
}

/** Made at the first start. */
async function readInstanceId(dataDir: string): Promise<string> {
  const path = join(dataDir, INSTANCE_FILE)
  if (!existsSync(path)) await writeDurably(path, randomUUID())
  return readFileSync(path, 'utf8').trim()
}
