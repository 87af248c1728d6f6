import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestStore } from '../../test/harness/test-store.ts'
import { SealBroken } from '../platform/sealing.ts'
import { bootstrap } from './bootstrap.ts'
import type { Database } from './database.ts'
import { createSealer, readAuditKey, type Secrets, StartRefused } from './installation.ts'
import type { Tx } from './schema.ts'

/*
 * S9: what an organization keeps secret opens at its own place only, and goes on opening while the installation's secret is
 * replaced, in processes that know the new one and in processes that know only the old one.
 */

const [FIRST, SECOND, THIRD] = ['first secret', 'second secret', 'third secret']
const PLACE = { table: 'byok_key', row: 'r1', column: 'sealed_key' }
const OTHER = 'org_other'

let database: Database
let close: () => Promise<void>
let organizationId: string

beforeAll(async () => {
  const store = await openTestStore()
  database = store.database
  close = store.close
})
afterAll(() => close())
beforeEach(async () => {
  const db = database.kysely
  await db.deleteFrom('sealing_key').execute()
  await db.deleteFrom('installation').execute()
  organizationId = (await start({ current: FIRST, previous: null })).organizationId
  await db
    .insertInto('organization')
    .values({ id: OTHER, name: 'other', created_at: new Date().toISOString() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
})

function start(secrets: Secrets) {
  return bootstrap(database.kysely, { secrets, managementKey: null, initialCredits: 0n, now: Date.now() })
}

function inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.kysely.transaction().execute(work)
}

const only = (current: string): Secrets => ({ current, previous: null })

test('S9: sealed texts that changed places between rows, columns, tables or organizations do not open', async () => {
  const sealer = createSealer(only(FIRST))
  const places = [
    [organizationId, PLACE],
    [organizationId, { ...PLACE, row: 'r2' }],
    [organizationId, { ...PLACE, column: 'sealed_other' }],
    [organizationId, { ...PLACE, table: 'destination' }],
    [OTHER, PLACE],
  ] as const
  const sealed = await inTransaction((tx) =>
    Promise.all(places.map(([owner, place], index) => sealer.seal(tx, owner, place, `secret ${index}`))),
  )
  for (const [at, [owner, place]] of places.entries()) {
    for (const [from, text] of sealed.entries()) {
      const opening = sealer.unseal(database.kysely, owner, place, text)
      if (at === from) expect(await opening).toBe(`secret ${at}`)
      else await expect(opening).rejects.toThrow(SealBroken)
    }
  }
})

test('S9: a data key of another organization does not open, even in its place', async () => {
  const sealer = createSealer(only(FIRST))
  const sealed = await inTransaction((tx) => sealer.seal(tx, organizationId, PLACE, 'ours'))
  await inTransaction((tx) => sealer.seal(tx, OTHER, PLACE, 'theirs'))
  const db = database.kysely
  const ours = await db
    .selectFrom('sealing_key')
    .select('wrapped_key')
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow()
  await db.updateTable('sealing_key').set(ours).where('organization_id', '=', OTHER).execute()
  await expect(createSealer(only(FIRST)).unseal(db, OTHER, PLACE, sealed)).rejects.toThrow(SealBroken)
})

test('a data key that was made in a transaction that failed is never used again', async () => {
  const sealer = createSealer(only(FIRST))
  const failing = inTransaction(async (tx) => {
    await sealer.seal(tx, organizationId, PLACE, 'a')
    await sealer.seal(tx, organizationId, PLACE, 'b')
    throw new Error('rolled back')
  })
  await expect(failing).rejects.toThrow('rolled back')
  const sealed = await inTransaction((tx) => sealer.seal(tx, organizationId, PLACE, 'c'))
  expect(await createSealer(only(FIRST)).unseal(database.kysely, organizationId, PLACE, sealed)).toBe('c')
})

test('S9: a new secret opens what the old one sealed, and what a process with the old one seals meanwhile', async () => {
  const db = database.kysely
  const sealed = await inTransaction((tx) => createSealer(only(FIRST)).seal(tx, organizationId, PLACE, 'kept'))
  const before = await readAuditKey(db, only(FIRST))
  const rotating = { current: SECOND, previous: FIRST }
  const { installation } = await start(rotating)
  expect(installation).toEqual({ auditKey: before, isRotated: true, rewrapped: 1 })

  // One that runs on with the old secret, and has never needed this data key before.
  const old = createSealer(only(FIRST))
  expect(await old.unseal(db, organizationId, PLACE, sealed)).toBe('kept')
  const late = await inTransaction((tx) => old.seal(tx, OTHER, PLACE, 'made by the old one'))
  const sealer = createSealer(rotating)
  expect(await sealer.unseal(db, organizationId, PLACE, sealed)).toBe('kept')
  expect(await sealer.unseal(db, OTHER, PLACE, late)).toBe('made by the old one')

  // The key that the old one made meanwhile is wrapped anew by the next start; then the old secret is good for nothing.
  await expect(start(only(SECOND))).rejects.toThrow(`organization ${OTHER} are sealed with another secret`)
  expect((await start(rotating)).installation).toMatchObject({ isRotated: false, rewrapped: 1 })
  expect((await start(only(SECOND))).installation).toEqual({ auditKey: before, isRotated: false, rewrapped: 0 })
  expect(await createSealer(only(SECOND)).unseal(db, OTHER, PLACE, late)).toBe('made by the old one')
  await expect(createSealer(only(FIRST)).unseal(db, organizationId, PLACE, sealed)).rejects.toThrow(SealBroken)
})

test('S9: what a process with the new secret seals first is opened by one with the old secret', async () => {
  await start({ current: SECOND, previous: FIRST })
  const sealer = createSealer({ current: SECOND, previous: FIRST })
  const sealed = await inTransaction((tx) => sealer.seal(tx, organizationId, PLACE, 'new'))
  expect(await createSealer(only(FIRST)).unseal(database.kysely, organizationId, PLACE, sealed)).toBe('new')
})

test('S9: a change of the secret can be taken back, and made again', async () => {
  const sealed = await inTransaction((tx) => createSealer(only(FIRST)).seal(tx, organizationId, PLACE, 'kept'))
  for (const [current = '', previous = ''] of [
    [SECOND, FIRST],
    [FIRST, SECOND],
    [THIRD, FIRST],
  ]) {
    await start({ current, previous })
    await start(only(current))
    expect(await createSealer(only(current)).unseal(database.kysely, organizationId, PLACE, sealed)).toBe('kept')
  }
})

test('S9: a secret that is not that of the database is refused, and nothing has changed', async () => {
  await inTransaction((tx) => createSealer(only(FIRST)).seal(tx, organizationId, PLACE, 'kept'))
  const state = () =>
    Promise.all([
      database.kysely.selectFrom('installation').selectAll().execute(),
      database.kysely.selectFrom('sealing_key').selectAll().execute(),
    ])
  const before = await state()
  await expect(start(only(SECOND))).rejects.toThrow(/not the one .* SWITCHYARD_SECRET_PREVIOUS/)
  await expect(start({ current: SECOND, previous: THIRD })).rejects.toThrow(/neither/)
  await expect(readAuditKey(database.kysely, only(SECOND))).rejects.toThrow(StartRefused)
  expect(await state()).toEqual(before)
})

test('S9: the chain of an installation from before its key was kept goes on with the key that derived from its secret', async () => {
  await database.kysely.updateTable('installation').set({ audit_key: null }).execute()
  const derived = await readAuditKey(database.kysely, only(FIRST))
  const rotated = await start({ current: SECOND, previous: FIRST })
  expect(rotated.installation.auditKey).toEqual(derived)
  expect((await start(only(SECOND))).installation.auditKey).toEqual(derived)
})

test('S9: a key of the audit log that was tampered with stops the start', async () => {
  await database.kysely.updateTable('installation').set({ audit_key: 'v1.AAAA.BBBB' }).execute()
  await expect(start(only(FIRST))).rejects.toThrow(/the key of the audit log/)
})
