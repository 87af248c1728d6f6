import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationName } from '../../src/contract/operations.ts'
import { HANDLERS } from '../../src/control/handlers.ts'
import { type Control, createControl } from '../../src/control/invoke.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { newGenerationId } from '../../src/platform/ids.ts'
import { hashSecretKey, newSecretKey } from '../../src/platform/secret-key.ts'
import { bootstrap } from '../../src/store/bootstrap.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { recordChanges } from '../../src/store/queries/changes.ts'
import { toIso } from '../../src/store/schema.ts'
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts'

/*
 * The product makes one organization; the rules hold for many. So two are made here, in a database of this test's own, and
 * everything that one has is asked for with the management key of the other.
 */

const ORIGIN = { surface: 'api', ip: null, userAgent: null, requestId: null } as const

interface Organization {
  actor: Actor
  workspaceId: string
  keyHash: string
  generationId: string
}

let directory: string
let external: TestDatabase | undefined
let database: Database
let control: Control
let ours: Organization
let theirs: Organization

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sw-contract-'))
  const adminUrl = process.env['SWITCHYARD_TEST_STORE'] === 'postgres' ? process.env['DATABASE_URL'] : undefined
  external = adminUrl === undefined ? undefined : await createTestDatabase(adminUrl)
  database = await openDatabase({
    databaseUrl: external?.url,
    dataDir: directory,
    onWarning: () => {},
    onLockLost: () => {},
  })
  control = createControl({
    db: database.kysely,
    clock: systemClock,
    handlers: HANDLERS,
    catalogue: () => ({ priceVersion: 'none', models: new Map(), providers: [] }),
    onCommitted: async () => {},
    auditKey: Buffer.alloc(32),
    waitForFlush: async () => {},
  })
  ours = await organization('ours')
  theirs = await organization('theirs')
})
afterAll(async () => {
  await database?.close()
  await external?.drop()
  await rm(directory, { recursive: true, force: true })
})

async function organization(name: string): Promise<Organization> {
  const organizationId = await newOrganization(name)
  const hash = hashSecretKey(newSecretKey())
  const actor: Actor = { kind: 'management_key', organizationId, keyId: 0n, keyHash: hash, userId: null }
  const workspace = (await control.invoke('createWorkspace', actor, { name, slug: 'shared-slug' }, ORIGIN)) as {
    data: { id: string }
  }
  const input = { name, workspace_id: workspace.data.id }
  const key = (await control.invoke('createKeys', actor, input, ORIGIN)) as { data: { hash: string; id: number } }
  const generationId = await newGeneration(organizationId, { workspaceId: workspace.data.id, keyId: key.data.id })
  return { actor, workspaceId: workspace.data.id, keyHash: key.data.hash, generationId }
}

async function newOrganization(name: string): Promise<string> {
  const db = database.kysely
  const now = Date.now()
  if (name === 'ours') {
    const made = await bootstrap(db, { secret: 'secret of this test', managementKey: null, initialCredits: 5n, now })
    return made.organizationId
  }
  const id = `org_${name}`
  await db
    .insertInto('organization')
    .values({ id, name, created_at: toIso(now) })
    .execute()
  await db.insertInto('organization_head').values({ organization_id: id }).execute()
  await db.transaction().execute((tx) => recordChanges(tx, id, [], now))
  return id
}

async function newGeneration(organizationId: string, of: { workspaceId: string; keyId: number }): Promise<string> {
  const now = Date.now()
  const id = newGenerationId(now)
  await database.kysely
    .insertInto('generation')
    .values({
      id,
      created_at: toIso(Math.floor(now / 1_000) * 1_000),
      request_id: 'req',
      organization_id: organizationId,
      workspace_id: of.workspaceId,
      key_id: BigInt(of.keyId),
      api_type: 'chat',
      model: 'a/b',
      endpoint_id: 'e',
      provider_name: 'P',
      streamed: false,
      cancelled: false,
      outcome: 'done',
      tokens_prompt: 1,
      tokens_completion: 1,
      tokens_reasoning: 0,
      tokens_cached: 0,
      usage_estimated: false,
      cost_nano: 1n,
      prompt_cost_nano: 0n,
      uncharged_nano: 0n,
      price_version: 'none',
      attempts: '[]',
      replica_id: 'r',
    } as never)
    .execute()
  return id
}

async function outcome(name: OperationName, actor: Actor, input: unknown): Promise<unknown> {
  try {
    return await control.invoke(name, actor, input, ORIGIN)
  } catch (error) {
    if (error instanceof AppError) return `${error.status} ${error.message}`
    throw error
  }
}

const CASES: [OperationName, (of: Organization) => unknown][] = [
  ['getWorkspace', ({ workspaceId }) => ({ id: workspaceId })],
  ['updateWorkspace', ({ workspaceId }) => ({ id: workspaceId, name: 'taken over' })],
  ['deleteWorkspace', ({ workspaceId }) => ({ id: workspaceId })],
  ['listWorkspaceMembers', ({ workspaceId }) => ({ id: workspaceId })],
  ['bulkAddWorkspaceMembers', ({ workspaceId }) => ({ id: workspaceId, user_ids: ['user_1'] })],
  ['bulkRemoveWorkspaceMembers', ({ workspaceId }) => ({ id: workspaceId, user_ids: ['user_1'] })],
  ['listKeys', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['createKeys', ({ workspaceId }) => ({ name: 'x', workspace_id: workspaceId })],
  ['getKey', ({ keyHash }) => ({ hash: keyHash })],
  ['updateKeys', ({ keyHash }) => ({ hash: keyHash, disabled: true })],
  ['deleteKeys', ({ keyHash }) => ({ hash: keyHash })],
  ['getUserActivity', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['getUserActivity', ({ keyHash }) => ({ api_key_hash: keyHash })],
  ['getGeneration', ({ generationId }) => ({ id: generationId })],
]

test.each(CASES)('404 %s of another organization, exactly as for one that does not exist', async (name, inputOf) => {
  const nothing: Organization = {
    ...theirs,
    workspaceId: '00000000-0000-4000-8000-000000000000',
    keyHash: '0'.repeat(64),
    generationId: `gen-${Math.floor(Date.now() / 1_000)}-00000000000000000000`,
  }
  const answer = await outcome(name, ours.actor, inputOf(theirs))
  expect(answer).toMatch(/^404 /)
  expect(answer).toBe(await outcome(name, ours.actor, inputOf(nothing)))
})

test('the same slug means another workspace in each organization', async () => {
  for (const organization of [ours, theirs]) {
    const found = await control.invoke('getWorkspace', organization.actor, { id: 'shared-slug' }, ORIGIN)
    expect(found).toMatchObject({ data: { id: organization.workspaceId } })
  }
})

test('no list, sum or member of one organization shows in the other', async () => {
  const workspaces = (await control.invoke('listWorkspaces', theirs.actor, {}, ORIGIN)) as {
    data: { id: string }[]
    total_count: number
  }
  expect(workspaces).toMatchObject({ data: [{ id: theirs.workspaceId }], total_count: 1 })
  expect(await control.invoke('getCredits', theirs.actor, {}, ORIGIN)).toEqual({
    data: { total_credits: 0, total_usage: 0 },
  })
  expect(await control.invoke('getCredits', ours.actor, {}, ORIGIN)).toEqual({
    data: { total_credits: 5e-9, total_usage: 0 },
  })
  expect(await control.invoke('listOrganizationMembers', theirs.actor, {}, ORIGIN)).toEqual({
    data: [],
    total_count: 0,
  })
  expect(await control.invoke('listKeys', theirs.actor, { type: 'management' }, ORIGIN)).toEqual({ data: [] })
})

test('each change of an organization has the next version of that organization and no other', async () => {
  const before = await versions()
  await control.invoke('updateWorkspace', ours.actor, { id: 'shared-slug', name: 'renamed' }, ORIGIN)
  await outcome('updateWorkspace', ours.actor, { id: 'nothing', name: 'renamed' })
  await control.invoke('listWorkspaces', ours.actor, {}, ORIGIN)
  const after = await versions()
  expect(after.map((version, index) => version - (before[index] ?? 0n))).toEqual([1n, 0n])
})

async function versions(): Promise<bigint[]> {
  const ids = [ours, theirs].map(({ actor }) => (actor.kind === 'anonymous' ? '' : actor.organizationId))
  const rows = await database.kysely.selectFrom('organization_head').selectAll().execute()
  return ids.map((id) => rows.find((row) => row.organization_id === id)?.version ?? -1n)
}

test('a read that tried to write would fail: its transaction is read-only', async () => {
  const writing = createControl({
    db: database.kysely,
    clock: systemClock,
    handlers: {
      ...HANDLERS,
      getCredits: async (_input, { tx }) => {
        await tx.updateTable('organization').set({ name: 'changed' }).execute()
        return { data: { total_credits: 0, total_usage: 0 } }
      },
    },
    catalogue: () => ({ priceVersion: 'none', models: new Map(), providers: [] }),
    onCommitted: async () => {},
    auditKey: Buffer.alloc(32),
    waitForFlush: async () => {},
  })
  await expect(writing.invoke('getCredits', ours.actor, {}, ORIGIN)).rejects.toThrow('read-only')
})
