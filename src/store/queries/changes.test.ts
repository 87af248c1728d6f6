import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../../test/harness/test-store.ts'
import { lockOrganization } from './changes.ts'

test.skipIf(!STORE_MODES.includes('postgres'))(
  'a process that stops while it changes an organization loses its turn, and what it did, to the next writer',
  async () => {
    const { database, close } = await openTestStore('postgres')
    const { kysely: db } = database
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'before', now())`.execute(db)
    await sql`INSERT INTO organization_head (organization_id) VALUES ('org') ON CONFLICT DO NOTHING`.execute(db)
    const rename = (name: string, then: () => Promise<void>) =>
      db.transaction().execute(async (tx) => {
        await lockOrganization(tx, 'org')
        await tx.updateTable('organization').set({ name }).execute()
        await then()
      })
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>()
    const { promise: stopped, resolve: hasStopped } = Promise.withResolvers<void>()
    const failure = expect(
      rename('stopped', () => {
        hasStopped()
        return woken
      }),
    ).rejects.toThrow()
    await stopped
    await rename('next', async () => {}).finally(wake)
    await failure
    expect(await db.selectFrom('organization').select('name').execute()).toEqual([{ name: 'next' }])
    await close()
  },
)
