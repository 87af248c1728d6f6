import { getHeapSpaceStatistics } from 'node:v8'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestStore, type TestStore } from '../../test/harness/test-store.ts'

const QUERIES = 300
const ROWS = 1_000

const STORES = process.env['DATABASE_URL'] === undefined ? (['embedded'] as const) : (['embedded', 'postgres'] as const)

describe.each(STORES)('rows of the %s database', (kind) => {
  let store: TestStore

  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.close())

  const ask = async () => {
    const { rows } = await sql<{ at: bigint }>`
      SELECT i::bigint AS at, 'name ' || i AS name, 'model ' || i AS model, i::bigint AS one, i::bigint AS other
      FROM generate_series(1, ${ROWS}::int) AS i`.execute(store.database.kysely)
    return rows.length
  }

  test('are never moved to the old space of the heap once nobody holds them', async () => {
    for (let nth = 0; nth < QUERIES / 3; nth += 1) await ask()
    let moved = 0
    let before = oldSpaceBytes()
    for (let nth = 0; nth < QUERIES; nth += 1) {
      expect(await ask()).toBe(ROWS)
      const now = oldSpaceBytes()
      moved += Math.max(0, now - before)
      before = now
    }
    // Each row is an object with two texts and three numbers.
    expect(moved / (QUERIES * ROWS)).toBeLessThan(20)
  })
})

function oldSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}
