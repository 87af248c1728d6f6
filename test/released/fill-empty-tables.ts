import { type Kysely, sql } from 'kysely'
import type { Schema, Tx } from '../../src/store/schema.ts'
import { listFilled, listTransferTables } from '../../src/store/transfer/tables.ts'

/** What stands for an id of a thing that no constraint names, by the column's name. */
const KNOWN: Readonly<Record<string, string>> = {
  organization_id: '(SELECT id FROM organization LIMIT 1)',
  workspace_id: '(SELECT id FROM workspace ORDER BY is_default, slug LIMIT 1)',
  user_id: '(SELECT id FROM user_account ORDER BY id LIMIT 1)',
  key_id: '(SELECT id FROM api_key ORDER BY id LIMIT 1)',
  generation_id: '(SELECT id FROM generation ORDER BY id LIMIT 1)',
}
const HASH = `repeat('0a', 32)`
/** Where a table wants more than its types say, or a row would be worked on. */
const OWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  broadcast_delivery: { dead_at: 'now()', dead_reason: `'it was recorded'` },
  credit_movement: { kind: `'purchase'`, status: `'completed'`, completed_at: 'now()' },
  custom_provider: { dialect: `'openai'`, base_url: `'https://models.example/v1'`, models: `'[]'` },
  idempotent_request: { state: `'not_kept'` },
  invoice: { period: `'2026-01-01'` },
  key_delivery: { status: `'delivered'`, ended_at: 'now()' },
  outbox: { done_at: 'now()' },
  retired_secret: { hash: HASH },
}

interface Column {
  name: string
  type: string
  is_wanted: boolean
  /** Where a constraint sends it. */
  target: string | null
  target_column: string | null
  check: string | null
}

/** Gives each table without rows one, with something in each column that must not be null. Returns the names of the tables. */
export async function fillEmptyTables(db: Kysely<Schema>): Promise<string[]> {
  return await db.transaction().execute(async (tx) => {
    const filledNow: string[] = []
    for (const table of await listTransferTables(tx)) {
      // A trigger may have filled it meanwhile.
      if ((await listFilled(tx, [table])).length > 0) continue
      await insertRow(tx, table.name)
      filledNow.push(table.name)
    }
    return filledNow
  })
}

async function insertRow(tx: Tx, table: string): Promise<void> {
  const own = OWN[table] ?? {}
  const columns = (await readColumns(tx, table)).filter(({ name, is_wanted }) => is_wanted || name in own)
  const values = columns.map((column) => own[column.name] ?? valueFor(column))
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  await sql.raw(`INSERT INTO "${table}" (${names}) VALUES (${values.join(', ')})`).execute(tx)
}

async function readColumns(tx: Tx, table: string): Promise<Column[]> {
  const { rows } = await sql<Column>`
    SELECT own.attname AS name, format_type(own.atttypid, own.atttypmod) AS type,
      own.attnotnull AND NOT own.atthasdef AND own.attidentity = '' AS is_wanted,
      confrelid::regclass::text AS target, target.attname AS target_column,
      (SELECT pg_get_constraintdef(checked.oid) FROM pg_constraint AS checked
        WHERE checked.conrelid = own.attrelid AND checked.contype = 'c' AND checked.conkey = ARRAY[own.attnum] LIMIT 1) AS check
    FROM pg_attribute AS own
    LEFT JOIN pg_constraint AS sent ON sent.conrelid = own.attrelid AND sent.contype = 'f' AND sent.conkey = ARRAY[own.attnum]
    LEFT JOIN pg_attribute AS target ON target.attrelid = confrelid AND target.attnum = confkey[1]
    WHERE own.attrelid = ${table}::regclass AND own.attnum > 0 AND NOT own.attisdropped
    ORDER BY own.attnum`.execute(tx)
  return rows
}

function valueFor({ name, type, target, target_column, check }: Column): string {
  const known = KNOWN[name]
  if (known !== undefined) return known
  if (target !== null) return `(SELECT ${target_column} FROM ${target} LIMIT 1)`
  const [, first] = /ARRAY\['([^']+)'::text/.exec(check ?? '') ?? []
  if (first !== undefined) return `'${first}'`
  const value = BY_TYPE[type]
  if (value === undefined) throw new Error(`${name} is of the type ${type}: say in fill-empty-tables.ts what it may be`)
  if (type === 'text') return `'${name}'`
  // Of what ends, none has ended.
  return type.startsWith('timestamp') && /expires|until|window_start/.test(name) ? `'2100-01-01Z'` : value
}

const BY_TYPE: Readonly<Record<string, string>> = {
  text: `''`,
  uuid: 'gen_random_uuid()',
  integer: '1',
  bigint: '1',
  boolean: 'true',
  'double precision': '1',
  date: 'current_date',
  jsonb: `'{}'`,
  'text[]': `'{}'`,
  'timestamp with time zone': 'now()',
}
