import { newUuid } from '../../platform/ids.ts'
import { type Db, toIso } from '../schema.ts'

/** Keeps what a link or a challenge stands for, by the hash of its token. */
export async function insertVerification(
  db: Db,
  verification: { identifier: string; value: string; now: number; expiresAt: number },
): Promise<void> {
  const at = toIso(verification.now)
  const { identifier, value } = verification
  await db
    .insertInto('verification')
    .values({
      id: newUuid(),
      identifier,
      value,
      created_at: at,
      updated_at: at,
      expires_at: toIso(verification.expiresAt),
    })
    .execute()
}

/** What it stood for, once: of several who ask at the same time one is answered. Undefined also when it is too old. */
export async function takeVerification(db: Db, identifier: string, now: number): Promise<string | undefined> {
  const row = await db
    .deleteFrom('verification')
    .where('identifier', '=', identifier)
    .returning(['value', 'expires_at'])
    .executeTakeFirst()
  return row === undefined || row.expires_at <= now ? undefined : row.value
}

/** The same while it lasts, as often as it is asked for. */
export async function findVerification(db: Db, identifier: string, now: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('verification')
    .select('value')
    .where('identifier', '=', identifier)
    .where('expires_at', '>', toIso(now) as never)
    .executeTakeFirst()
  return row?.value
}
