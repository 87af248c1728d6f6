import { AsyncLocalStorage } from 'node:async_hooks'
import { type ConnectionProvider, type DatabaseConnection, DefaultQueryExecutor, type Dialect, Kysely } from 'kysely'

/** Thrown instead of waiting for a session that the waiting code itself holds. */
export class SessionHeld extends Error {
  constructor() {
    super(
      'this code runs inside a transaction (or holds the connection) and asked the pool for another one; the embedded ' +
        'database has a single session, so it would wait for itself: pass the transaction on and query through it',
    )
    this.name = 'SessionHeld'
  }
}

interface Holding {
  isHeld: boolean
}

const holding = new AsyncLocalStorage<Holding>()

/** Throws SessionHeld when the calling code holds the embedded database's only session. */
export function requireSessionFree(): void {
  if (holding.getStore()?.isHeld === true) throw new SessionHeld()
}

/** Kysely over a dialect that has a single session. Code that holds it and asks for another one gets SessionHeld. */
export async function singleSessionKysely<Schema>(dialect: Dialect): Promise<Kysely<Schema>> {
  const driver = dialect.createDriver()
  await driver.init()
  const provider: ConnectionProvider = {
    async provideConnection<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
      requireSessionFree()
      const connection = await driver.acquireConnection()
      const mine: Holding = { isHeld: true }
      try {
        return await holding.run(mine, () => consumer(connection))
      } finally {
        // What the code started and didn't wait for may ask again from now on.
        mine.isHeld = false
        await driver.releaseConnection(connection)
      }
    },
  }
  const executor = new DefaultQueryExecutor(dialect.createQueryCompiler(), dialect.createAdapter(), provider)
  return new Kysely<Schema>({ config: { dialect }, dialect, driver, executor })
}
