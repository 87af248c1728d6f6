import { sql } from 'kysely'
import { type Db, toIso } from '../schema.ts'

export interface TriesNow {
  tries: number
  /** Epoch milliseconds. */
  windowStart: number
}

/** Counts one more try of a scope, whose window begins anew when it is over. Of several at once each gets its own number. */
export async function countTry(db: Db, scope: string, now: number, windowMs: number): Promise<TriesNow> {
  const over = toIso(now - windowMs)
  const row = await db
    .insertInto('sign_in_try')
    .values({ scope, window_start: toIso(now), tries: 1 })
    .onConflict((conflict) =>
      conflict.column('scope').doUpdateSet({
        tries: sql<number>`CASE WHEN sign_in_try.window_start <= ${over} THEN 1 ELSE sign_in_try.tries + 1 END`,
        window_start: sql<string>`CASE WHEN sign_in_try.window_start <= ${over} THEN excluded.window_start
          ELSE sign_in_try.window_start END`,
      }),
    )
    .returning(['tries', 'window_start'])
    .executeTakeFirstOrThrow()
  return { tries: row.tries, windowStart: row.window_start }
}

export async function forgetTries(db: Db, scope: string): Promise<void> {
  await db.deleteFrom('sign_in_try').where('scope', '=', scope).execute()
}
