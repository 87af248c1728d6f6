import { type Insertable, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../test/harness/test-store.ts'
import type { GenerationContent } from '../gateway/ports.ts'
import { newUuid } from '../platform/ids.ts'
import type { Database } from './database.ts'
import { deleteRowsBefore } from './delete-old-rows.ts'
import { postContents } from './post-contents.ts'
import { toIso } from './schema.ts'
import { Sealer } from './sealer.ts'
import type { GuardrailTable } from './tables/guardrails.ts'

const NOW = Date.UTC(2026, 10, 1)
const DAY_MS = 86_400_000

describe.each(STORE_MODES)('on the %s database', (mode) => {
  const sealer = new Sealer(Buffer.alloc(32, 7))
  let database: Database
  let close: () => Promise<void>
  let workspaceId: string
  let sequence = 0

  beforeAll(async () => {
    const store = await openTestStore(mode)
    database = store.database
    close = store.close
    for (const id of ['org', 'other']) {
      await sql`INSERT INTO organization (id, name, created_at) VALUES (${id}, ${id}, now())`.execute(database.kysely)
    }
  }, 120_000)
  afterAll(() => close())
  beforeEach(async () => {
    workspaceId = await newWorkspace('org')
  })

  async function newWorkspace(organization_id: string): Promise<string> {
    const id = newUuid()
    await database.kysely
      .insertInto('workspace')
      .values({
        id,
        organization_id,
        slug: id,
        name: id,
        is_observability_io_logging_enabled: true,
        created_at: toIso(NOW),
      } as never)
      .execute()
    return id
  }

  async function newGuardrail(fields: Partial<Insertable<GuardrailTable>>): Promise<string> {
    const id = newUuid()
    const row = { id, organization_id: 'org', workspace_id: workspaceId, name: id, created_at: toIso(NOW), ...fields }
    await database.kysely
      .insertInto('guardrail')
      .values(row as never)
      .execute()
    return id
  }

  function content(fields: Partial<GenerationContent> = {}): GenerationContent {
    sequence += 1
    return {
      generationId: `gen-${sequence}`,
      organizationId: 'org',
      workspaceId,
      keyId: 7n,
      userId: 'user_ada',
      models: ['some/model'],
      at: NOW,
      json: '{"said":"secret words"}',
      broadcastJson: null,
      ...fields,
    }
  }

  /** Which of them are there after they were posted. */
  async function kept(...contents: GenerationContent[]): Promise<boolean[]> {
    await postContents(database.kysely, sealer, contents)
    const rows = await database.kysely.selectFrom('generation_content').select('generation_id').execute()
    const ids = new Set(rows.map(({ generation_id }) => generation_id))
    return contents.map(({ generationId }) => ids.has(generationId))
  }

  test('contents are stored once and sealed, each for its organization', async () => {
    const theirs = content({ organizationId: 'other', workspaceId: await newWorkspace('other') })
    const ours = content()
    expect(await kept(ours, theirs)).toEqual([true, true])
    await postContents(database.kysely, sealer, [{ ...ours, json: '{"said":"something else"}' }])
    for (const { generationId, organizationId, json } of [ours, theirs]) {
      const row = await database.kysely
        .selectFrom('generation_content')
        .selectAll()
        .where('generation_id', '=', generationId)
        .executeTakeFirstOrThrow()
      expect(row.content).not.toContain('words')
      const place = { table: 'generation_content', row: generationId, column: 'content' }
      expect(await sealer.unseal(database.kysely, organizationId, place, row.content)).toBe(json)
      const other = organizationId === 'org' ? 'other' : 'org'
      await expect(sealer.unseal(database.kysely, other, place, row.content)).rejects.toThrow()
    }
  })

  test('nothing of a workspace that was deleted or logs no more is stored', async () => {
    const change = (values: Record<string, unknown>) =>
      database.kysely.updateTable('workspace').set(values).where('id', '=', workspaceId).execute()
    await change({ is_observability_io_logging_enabled: false })
    expect(await kept(content())).toEqual([false])
    await change({ is_observability_io_logging_enabled: true })
    expect(await kept(content())).toEqual([true])
    await change({ deleted_at: toIso(NOW) })
    expect(await kept(content())).toEqual([false])
  })

  test('a default guardrail with zero data retention keeps its workspace out, for models of its groups', async () => {
    const elsewhere = await newWorkspace('org')
    await newGuardrail({ is_default: true, enforce_zdr_openai: true, enforce_zdr_anthropic: false })
    expect(
      await kept(
        content({ models: ['openai/gpt'] }),
        content({ models: ['anthropic/claude'] }),
        content({ models: ['anthropic/claude', 'openai/gpt'] }),
        content({ models: ['openai/gpt'], workspaceId: elsewhere }),
      ),
    ).toEqual([false, true, false, true])
  })

  test('a guardrail that is assigned to a key or a member holds for that key or member', async () => {
    const guardrail_id = await newGuardrail({ enforce_zdr_other: true })
    const common = { organization_id: 'org', workspace_id: workspaceId, guardrail_id, created_at: toIso(NOW) }
    const [keyId, other] = [await newKey(), await newKey()]
    await database.kysely
      .insertInto('guardrail_key_assignment')
      .values({ ...common, id: newUuid(), key_id: keyId, assigned_by: null })
      .execute()
    await newUser('user_bob')
    const member = { ...common, id: newUuid(), user_id: 'user_bob', assigned_by: null, is_organization_wide: false }
    await database.kysely.insertInto('guardrail_member_assignment').values(member).execute()
    const elsewhere = await newWorkspace('org')
    const bob = { userId: 'user_bob', keyId: other }
    expect(
      await kept(
        content({ keyId }),
        content({ keyId: other }),
        content(bob),
        content({ ...bob, userId: null }),
        content({ ...bob, workspaceId: elsewhere }),
      ),
    ).toEqual([false, true, false, true, true])
    await database.kysely.updateTable('guardrail_member_assignment').set({ is_organization_wide: true }).execute()
    expect(await kept(content({ ...bob, workspaceId: elsewhere }))).toEqual([false])
  })

  test('a policy of the organization holds for all its workspaces and for no other organization', async () => {
    await database.kysely
      .insertInto('organization_policy')
      .values({ organization_id: 'org', updated_at: toIso(NOW), enforce_zdr_other: true } as never)
      .execute()
    const theirs = content({ organizationId: 'other', workspaceId: await newWorkspace('other') })
    expect(await kept(content(), theirs)).toEqual([false, true])
    await database.kysely.deleteFrom('organization_policy').execute()
    expect(await kept(content())).toEqual([true])
  })

  test('what is older than the bound is deleted, and nothing else', async () => {
    const [old, young] = [content({ at: NOW - 2 * DAY_MS }), content()]
    await kept(old, young)
    expect(await deleteRowsBefore(database.kysely, 'generation_content', NOW - DAY_MS)).toBe(1)
    expect(await deleteRowsBefore(database.kysely, 'generation_content', NOW - DAY_MS)).toBe(0)
    const rows = await database.kysely.selectFrom('generation_content').select('generation_id').execute()
    expect(rows.map(({ generation_id }) => generation_id)).toContain(young.generationId)
  })

  async function newUser(id: string): Promise<void> {
    const email = `${id}@example.test`
    await database.kysely
      .insertInto('user_account')
      .values({ id, email, first_name: null, last_name: null, created_at: toIso(NOW) })
      .execute()
  }

  async function newKey(): Promise<bigint> {
    const hash = newUuid().replaceAll('-', '').repeat(2)
    const { rows } = await sql<{ id: bigint }>`
      INSERT INTO api_key (hash, organization_id, workspace_id, name, label, type, permissions, created_at)
      VALUES (${hash}, 'org', ${workspaceId}, 'key', 'sk-…', 'standard', '{inference}', now()) RETURNING id`.execute(
      database.kysely,
    )
    const [row] = rows
    if (row === undefined) throw new Error('no key')
    return row.id
  }
})
