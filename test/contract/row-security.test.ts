import {
  type BinaryOperationNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
  RawNode,
  sql,
} from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OPERATIONS, type OperationName, operationOf } from '../../src/contract/operations.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { enterOrganization } from '../../src/store/queries/row-security.ts'
import type { Tx } from '../../src/store/schema.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/*
 * The second fence: what the database itself does when a query forgets its organization or its workspace.
 */

/** Tables without an owner: the role may not touch them, or only read what is the same for everybody. */
const OWNERLESS = new Set([
  'endpoint_health',
  'installation',
  'follower',
  'setup_token',
  'price_book',
  'schema_migration',
  'session',
  'sign_in_method',
  'verification',
  // Of a person, who may be in several organizations.
  'two_factor',
  'passkey',
  'key_session',
  'sign_in_try',
])
/** Sums over all workspaces: not for who sees only some. */
const OF_ALL_WORKSPACES = new Set(['activity_total', 'activity_latency'])
/** Fenced without a gate: no actor's transaction sees a row. */
const SHUT = new Set(['replica'])
/** Fenced through another table, because they have no organization_id of their own. */
const FENCED_BY_ANOTHER = new Set(['organization', 'workspace', 'workspace_member', 'user_account', 'counter'])

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
})
afterAll(async () => {
  await world?.close()
})

async function tables(): Promise<{ name: string; isFenced: boolean; columns: string[] }[]> {
  const { rows } = await sql<{ name: string; fenced: boolean; columns: string[] }>`
    SELECT c.relname AS name, c.relrowsecurity AS fenced,
      array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY 1`.execute(world.database.kysely)
  return rows.map(({ name, fenced, columns }) => ({ name, isFenced: fenced, columns }))
}

test('every table is fenced, or known to belong to nobody', async () => {
  const open = (await tables()).filter(({ name, isFenced }) => !isFenced && !OWNERLESS.has(name))
  expect(open.map(({ name }) => name)).toEqual([])
})

test('every fenced table has an organization, or is fenced by one that has', async () => {
  const odd = (await tables()).filter(
    ({ name, isFenced, columns }) =>
      isFenced && !columns.includes('organization_id') && !FENCED_BY_ANOTHER.has(name) && !SHUT.has(name),
  )
  expect(odd.map(({ name }) => name)).toEqual([])
})

class RolledBack extends Error {}

/** Runs in a transaction that never commits, also when it changed the schema. */
async function inVain(work: (tx: Tx) => Promise<void>): Promise<void> {
  await expect(
    world.database.kysely.transaction().execute(async (tx) => {
      await work(tx)
      throw new RolledBack()
    }),
  ).rejects.toThrow(RolledBack)
}

/** Empties a table and takes its constraints and triggers away, so that bare rows can be put in. */
async function layBare(tx: Tx, table: string, columns: readonly string[]): Promise<void> {
  const constraints = await sql<{ name: string; table: string }>`
    SELECT conname AS name, conrelid::regclass::text AS table FROM pg_constraint
    WHERE (conrelid = ${table}::regclass OR confrelid = ${table}::regclass) AND contype <> 'n' AND conparentid = 0
    ORDER BY contype = 'p'`.execute(tx)
  for (const { name, table: owner } of constraints.rows) {
    await sql`ALTER TABLE ${sql.table(owner)} DROP CONSTRAINT IF EXISTS ${sql.ref(name)} CASCADE`.execute(tx)
  }
  await sql`ALTER TABLE ${sql.table(table)} DISABLE TRIGGER USER`.execute(tx)
  for (const column of columns) {
    await sql`ALTER TABLE ${sql.table(table)} ALTER COLUMN ${sql.ref(column)} DROP IDENTITY IF EXISTS`.execute(tx)
    await sql`ALTER TABLE ${sql.table(table)} ALTER COLUMN ${sql.ref(column)} DROP NOT NULL`.execute(tx)
  }
  await sql`DELETE FROM ${sql.table(table)}`.execute(tx)
}

const WORKSPACES = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'] as const

/** The column that says which workspace a row belongs to. */
function workspaceColumnOf(table: string, columns: readonly string[]): string | undefined {
  if (table === 'workspace') return 'id'
  return columns.includes('workspace_id') ? 'workspace_id' : undefined
}

/** A row for each of two organizations, in each of two workspaces where rows have one. */
async function insertBareRows(tx: Tx, table: string, workspaceColumn: string | undefined): Promise<void> {
  for (const organization of ['org_a', 'org_b']) {
    for (const workspace of workspaceColumn === undefined ? [null] : WORKSPACES) {
      const columns = workspaceColumn === undefined ? ['organization_id'] : ['organization_id', workspaceColumn]
      const values = workspace === null ? [organization] : [organization, sql`${workspace}::uuid`]
      await sql`INSERT INTO ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
        VALUES (${sql.join(values)})`.execute(tx)
    }
  }
}

async function expectFenced(tx: Tx, table: string, columns: readonly string[]): Promise<void> {
  const workspaceColumn = workspaceColumnOf(table, columns)
  await layBare(tx, table, columns)
  await insertBareRows(tx, table, workspaceColumn)
  const isNarrow = workspaceColumn !== undefined && (await hidesWorkspaces(tx, table))
  const everything = workspaceColumn === undefined ? [''] : WORKSPACES
  const visible = OF_ALL_WORKSPACES.has(table) ? [] : isNarrow ? [WORKSPACES[0]] : everything
  await enterOrganization(tx, 'org_a', [WORKSPACES[0]])
  const seen = await sql<Record<string, string>>`SELECT * FROM ${sql.table(table)}`.execute(tx)
  const places = seen.rows.map((row) => `${row['organization_id']} ${workspaceColumn ? row[workspaceColumn] : ''}`)
  expect([table, ...places]).toEqual([table, ...visible.map((workspace) => `org_a ${workspace}`)])
  const changed = await sql`UPDATE ${sql.table(table)} SET organization_id = organization_id`.execute(tx)
  const gone = await sql`DELETE FROM ${sql.table(table)}`.execute(tx)
  const counts = [changed, gone].map(({ numAffectedRows }) => Number(numAffectedRows))
  expect([table, ...counts]).toEqual([table, visible.length, visible.length])
}

test('a query without any filter reads, changes and deletes only rows of the organization and the workspaces', async () => {
  const owned = (await tables()).filter(({ columns }) => columns.includes('organization_id'))
  for (const { name, columns } of owned) await inVain((tx) => expectFenced(tx, name, columns))
  expect(owned.length).toBeGreaterThan(8)
})

/** Whether the table's own rule looks at the workspace: a few belong to one and are seen by the whole organization. */
async function hidesWorkspaces(tx: Tx, table: string): Promise<boolean> {
  const { rows } = await sql<{ rule: string }>`
    SELECT pg_get_expr(polqual, polrelid) AS rule FROM pg_policy WHERE polrelid = ${table}::regclass AND polcmd IN ('*', 'r')`.execute(
    tx,
  )
  return rows.every(({ rule }) => rule.includes('app_sees_workspace'))
}

/** Takes every comparison of an organization or a workspace with a value out of a query: the slip that the fence is for. */
class WithoutFilters extends OperationNodeTransformer {
  removed = 0

  protected override transformBinaryOperation(node: BinaryOperationNode): BinaryOperationNode {
    const column = JSON.stringify(node.leftOperand)
    const isFilter = /"(organization_id|workspace_id)"/.test(column) && node.rightOperand.kind !== 'ReferenceNode'
    if (!isFilter) return super.transformBinaryOperation(node)
    this.removed += 1
    return RawNode.createWithSql('true') as OperationNode as BinaryOperationNode
  }
}

test('with the filters taken out of every query, no operation tells one organization of the other', async () => {
  const transformer = new WithoutFilters()
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => transformer.transformNode(node),
    transformResult: async ({ result }) => result,
  }
  const { ours, theirs } = world
  const forgetful = world.controlWith({}, plugin)
  const secrets = [theirs.workspaceId, theirs.keyHash, theirs.generationId, theirs.actor.organizationId, 'theirs']
  const inputs = [
    {},
    { id: theirs.workspaceId },
    { id: theirs.generationId },
    { hash: theirs.keyHash },
    { workspace_id: theirs.workspaceId },
    { api_key_hash: theirs.keyHash },
    { id: 'shared-slug' },
  ]
  const reads = (Object.keys(OPERATIONS) as OperationName[]).filter(
    (name) => operationOf(name).effect === 'read' && !('reads' in operationOf(name)),
  )
  let answered = 0
  for (const name of reads) {
    for (const input of inputs) {
      const answer = await forgetful.invoke(name, ours.actor, input, ORIGIN).catch((error: unknown) => {
        if (error instanceof AppError && error.status < 500) return undefined
        throw error
      })
      if (answer !== undefined) answered += 1
      const text = JSON.stringify(answer ?? null)
      expect([name, input, secrets.filter((secret) => text.includes(secret))]).toEqual([name, input, []])
    }
  }
  expect(answered).toBeGreaterThan(5)
  expect(transformer.removed).toBeGreaterThan(10)
})
