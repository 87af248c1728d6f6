import type { KyselyPlugin } from 'kysely'
import { ROLE_CAPS_DEFAULT } from '../../src/contract/common/permissions.ts'
import { HANDLERS } from '../../src/control/handlers.ts'
import { type Control, type ControlParts, createControl } from '../../src/control/invoke.ts'
import { LongReads } from '../../src/control/long-reads.ts'
import { PublicCalls } from '../../src/control/public-calls.ts'
import { WriterTurns } from '../../src/control/writer-turns.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { compileContentFilters } from '../../src/domain/content-filters.ts'
import { NOTHING_KNOWN } from '../../src/domain/endpoint-trials.ts'
import { checkRequest } from '../../src/gateway/filters/check-request.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { newGenerationId } from '../../src/platform/ids.ts'
import { hashSecretKey, newSecretKey } from '../../src/platform/secret-key.ts'
import { bootstrap } from '../../src/store/bootstrap.ts'
import type { Database } from '../../src/store/database.ts'
import { recordChanges } from '../../src/store/queries/changes.ts'
import { insertKey } from '../../src/store/queries/keys.ts'
import { toIso } from '../../src/store/schema.ts'
import { Sealer } from '../../src/store/sealer.ts'
import { openTestStore } from '../harness/test-store.ts'

export const SEALING_KEY = Buffer.alloc(32)
export const ORIGIN = { surface: 'api', ip: null, userAgent: null, requestId: null } as const

export interface Organization {
  actor: Extract<Actor, { kind: 'management_key' }>
  workspaceId: string
  keyHash: string
  generationId: string
}

const UNLIMITED = { perNetwork: Infinity, inTotal: Infinity }

/** A database of its own with two organizations, each with a workspace, a key and a generation. */
export interface TwoOrganizations {
  database: Database
  control: Control
  ours: Organization
  theirs: Organization
  /** The same door over the same database, with something else about it. */
  controlWith(change: Partial<ControlParts>, plugin?: KyselyPlugin): Control
  close(): Promise<void>
}

/** The product makes one organization; the rules hold for many. On the store that SWITCHYARD_TEST_STORE names. */
export async function makeTwoOrganizations(): Promise<TwoOrganizations> {
  const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
  const { database, close } = await openTestStore(isPostgres ? 'postgres' : 'embedded')
  const controlWith = (change: Partial<ControlParts>, plugin?: KyselyPlugin) =>
    createControl({
      db: plugin === undefined ? database.kysely : database.kysely.withPlugin(plugin),
      clock: systemClock,
      handlers: HANDLERS,
      catalogue: () => ({ priceVersion: 'none', models: new Map(), providers: [] }),
      restrictionsOf: () => ({ exclusionsOf: null, allowedModels: null, allowedDataRegions: null }),
      figuresOf: () => NOTHING_KNOWN,
      auditKey: Buffer.alloc(32),
      bootstrapKeyHash: null,
      sealer: new Sealer(SEALING_KEY),
      filterTexts: async (set, texts) => ({ kind: 'done', outcome: compileContentFilters(set).run(texts) }),
      freeModelsToday: async () => ({ limit: null, used: 0, hasBoughtCredits: false }),
      checkRequest: async (set, request) => checkRequest(compileContentFilters(set), request),
      longReads: new LongReads(),
      writerTurns: new WriterTurns(),
      roleCaps: ROLE_CAPS_DEFAULT,
      // Sequences try much that fails.
      publicCalls: new PublicCalls(UNLIMITED, UNLIMITED),
      outside: {
        publicUrl: 'http://127.0.0.1:8787',
        isMailOn: false,
        isStripeOn: false,
        knowsCountries: true,
        probeDestination: async () => ({ isGood: true, status: 200, message: 'answered 200' }),
        egress: { allowedCidrs: [] },
      },
      onCommitted: async () => {},
      onQueued: () => {},
      whenFelt: async () => Date.now(),
      waitForFlush: async () => {},
      ...change,
    })
  const control = controlWith({})
  return {
    database,
    control,
    ours: await fill(database, control, 'ours'),
    theirs: await fill(database, control, 'theirs'),
    controlWith,
    close,
  }
}

async function fill(database: Database, control: Control, name: string): Promise<Organization> {
  const organizationId = await newOrganization(database, name)
  const keyHash = hashSecretKey(newSecretKey())
  const managementKey = await insertKey(database.kysely, {
    hash: keyHash,
    organization_id: organizationId,
    workspace_id: null,
    type: 'management',
    name: 'administration',
    label: 'sk-or-v1-…',
    created_at: toIso(Date.now()),
  })
  const actor: Organization['actor'] = {
    kind: 'management_key',
    organizationId,
    keyId: managementKey.id,
    keyHash,
    permissions: ['*'],
    creatorUserId: null,
    userId: null,
  }
  const workspace = (await control.invoke('createWorkspace', actor, { name, slug: 'shared-slug' }, ORIGIN)) as {
    data: { id: string }
  }
  const input = { name, workspace_id: workspace.data.id }
  const key = (await control.invoke('createKeys', actor, input, ORIGIN)) as { data: { hash: string; id: number } }
  const of = { workspaceId: workspace.data.id, keyId: key.data.id }
  return {
    actor,
    workspaceId: workspace.data.id,
    keyHash: key.data.hash,
    generationId: await newGeneration(database, organizationId, of),
  }
}

async function newOrganization(database: Database, name: string): Promise<string> {
  const db = database.kysely
  const now = Date.now()
  if (name === 'ours') {
    const made = await bootstrap(db, {
      secrets: { current: 'secret of this test', previous: null },
      managementKey: null,
      initialCredits: 5n,
      now,
    })
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

export async function newGeneration(
  database: Database,
  organizationId: string,
  of: { workspaceId: string; keyId: number; userId?: string },
): Promise<string> {
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
      user_id: of.userId ?? null,
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
