import { resolve } from 'node:path'
import { type Database, openDatabase } from '../../src/store/database.ts'
import type { Gateway } from '../harness/gateway-process.ts'

/** Stops the gateway, works on its database directly, and starts it again. */
export async function withDatabase<T>(gateway: Gateway, work: (database: Database) => Promise<T>): Promise<T> {
  await gateway.stop({ keepData: true })
  const fail = (message: string): never => {
    throw new Error(message)
  }
  const database = await openDatabase({
    databaseUrl: gateway.databaseUrl,
    dataDir: resolve(gateway.dataDir),
    onWarning: fail,
    onLockLost: fail,
  })
  try {
    return await work(database)
  } finally {
    await database.close()
    await gateway.restart()
  }
}
