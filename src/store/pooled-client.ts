import { Client, type QueryResult } from 'pg'

/**
 * Makes each query with its callback. The driver's own promises give theirs to a query that exists already, and then V8 takes all
 * rows of all queries for alive when it collects what is young (seen with Node 24 and pg 8.23): they are moved to the old space
 * although nobody holds them, and that is collected several times as often.
 */
export class PooledClient extends Client {
  // Fits each of the driver's overloads. Whoever gives a text and its values, and no callback, gets a promise.
  override query(...given: unknown[]): never {
    const [text, values = [], ...more] = given
    if (typeof text !== 'string' || !Array.isArray(values) || more.length > 0)
      return super.query(...(given as [string])) as never
    return new Promise<QueryResult>((resolve, reject) => {
      super.query(text, values, (error, result) => (error ? reject(error) : resolve(result)))
    }) as never
  }
}
