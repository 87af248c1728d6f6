import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../test/harness/test-store.ts'
import type { Database } from './database.ts'
import { ensureGenerationPartitions } from './partitions.ts'

const FILLERS: Record<string, string> = { boolean: 'false', jsonb: '[]', uuid: '6f9619ff-8b86-5011-b42d-00c04fc964ff' }
const MARCH = Date.UTC(2031, 2, 15)

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  beforeEach(async () => {
    const store = await openTestStore(mode)
    database = store.database
    close = store.close
  })
  afterEach(() => close())

  /** Where the rows are, each by its partition and its id. */
  async function places(): Promise<string[]> {
    const { rows } = await sql<{ place: string }>`
      SELECT tableoid::regclass || ' ' || id AS place FROM generation ORDER BY id`.execute(database.kysely)
    return rows.map(({ place }) => place)
  }

  /** Whatever else must be there is filled with something. */
  async function put(id: string, at: string): Promise<void> {
    const { rows } = await sql<{ name: string; type: string }>`
      SELECT column_name AS name, data_type AS type FROM information_schema.columns
      WHERE table_name = 'generation' AND is_nullable = 'NO' AND column_default IS NULL`.execute(database.kysely)
    const known: Record<string, string> = { id, created_at: at, outcome: 'done' }
    const values = rows.map(({ name, type }) => sql.lit(known[name] ?? FILLERS[type] ?? '1'))
    await sql`INSERT INTO generation (${sql.join(rows.map(({ name }) => sql.ref(name)))})
      VALUES (${sql.join(values)})`.execute(database.kysely)
  }

  test('rows of a month that had no partition move into it when it is made, and others stay', async () => {
    await put('gen-1', '2031-03-01T00:00:00.000Z')
    await put('gen-2', '2031-04-30T23:59:59.000Z')
    await put('gen-3', '2031-06-01T00:00:00.000Z')
    expect(await places()).toEqual(['1', '2', '3'].map((digit) => `generation_default gen-${digit}`))
    for (const _time of [1, 2]) {
      await ensureGenerationPartitions(database.kysely, MARCH)
      expect(await places()).toEqual([
        'generation_2031_03 gen-1',
        'generation_2031_04 gen-2',
        'generation_default gen-3',
      ])
    }
    await put('gen-4', '2031-05-02T00:00:00.000Z')
    expect(await places()).toContain('generation_2031_05 gen-4')
  })

  test('of several that make partitions at once each ends well', async () => {
    await put('gen-1', '2031-04-01T00:00:00.000Z')
    await Promise.all([1, 2, 3, 4].map(() => ensureGenerationPartitions(database.kysely, MARCH)))
    expect(await places()).toEqual(['generation_2031_04 gen-1'])
  })
})
