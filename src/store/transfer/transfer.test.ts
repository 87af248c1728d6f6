import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStore, STORE_MODES, type TestStore } from '../../../test/harness/test-store.ts'
import { bootstrap } from '../bootstrap.ts'
import { ensureGenerationPartitions } from '../partitions.ts'
import type { Db } from '../schema.ts'
import { loadTransfer } from './load-transfer.ts'
import { readTransfer, type TransferHeader } from './read-transfer.ts'
import { listFilled, listTransferTables } from './tables.ts'
import { readTransferFile, writeTransferFile } from './transfer-file.ts'

const NOW = Date.UTC(2026, 10, 22)
const KEYS = 700

let directory: string
let file: string
let source: TestStore
let header: TransferHeader

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'transfer-'))
  file = join(directory, 'whole')
  source = await openTestStore()
  await fillSource(source.database.kysely)
  header = await writeTransferFile(file, '2026-11-22T00:00:00.000Z', (sink) =>
    readTransfer(source.database.kysely, sink),
  )
})
afterAll(async () => {
  await source.close()
  rmSync(directory, { recursive: true })
})

/** Rows of every kind of value: texts that JSON and arrays must quote, times below a millisecond, large numbers, nothing. */
async function fillSource(db: Db): Promise<void> {
  const { organizationId } = await bootstrap(db as never, {
    ...{ secrets: { current: 's'.repeat(40), previous: null }, managementKey: null, initialCredits: 1_234_567_891n },
    now: NOW,
  })
  await ensureGenerationPartitions(db, Date.UTC(2025, 1, 28), 0)
  await sql`INSERT INTO api_key (hash, organization_id, type, name, label, limit_nano, allowed_models, created_at, expires_at)
    SELECT encode(sha256(number::text::bytea), 'hex'), ${organizationId}, 'management', E'a "b"\\n\\t\\\\ {c,d} é 💥 ' || number, '', 9007199254740993 + number,
      ARRAY['a,b', NULL, '"', '']::text[], '2026-01-02T03:04:05.678901Z',
      CASE WHEN number % 2 = 0 THEN timestamptz 'infinity' END
    FROM generate_series(1, ${KEYS}) AS number`.execute(db)
  await sql`DELETE FROM api_key WHERE id > ${KEYS - 10}`.execute(db)
  await sql`INSERT INTO price_book (version, prices, created_at)
    VALUES ('v', '{"b": [1.50, 1e-9, "\\u00e9"], "a": {"x": null}}', '2026-01-01Z')`.execute(db)
}

async function load(path: string, target: TestStore, isReplacing = false): Promise<void> {
  await loadTransfer(target.database.kysely, (sink) => readTransferFile(path, sink), {
    isReplacing,
    check: async () => {},
  })
}

/** The header of a transfer, which has the sum of every table, without its rows. */
async function sumsOf({ database }: TestStore): Promise<TransferHeader> {
  const nothing = async () => {}
  return await readTransfer(database.kysely, { begin: nothing, table: nothing, rows: nothing })
}

async function filledIn({ database }: TestStore): Promise<string[]> {
  return await listFilled(database.kysely, await listTransferTables(database.kysely))
}

for (const mode of STORE_MODES) {
  test(`what the embedded database had is in ${mode} value by value, with its numbers, partitions and guards`, async () => {
    const target = await openTestStore(mode)
    try {
      await load(file, target)
      expect(await sumsOf(target)).toEqual(header)
      expect(header.months).toContain('2025-02-01')
      const db = target.database.kysely
      const { rows } = await sql<{ id: bigint; allowed_models: unknown; created: string }>`
        INSERT INTO api_key (hash, organization_id, type, name, label, created_at)
        SELECT repeat('0', 64), organization_id, type, 'next', '', created_at FROM api_key WHERE allowed_models IS NOT NULL LIMIT 1
        RETURNING id, created_at::text AS created`.execute(db)
      expect(rows[0]?.id).toBe(BigInt(KEYS + 1))
      expect(rows[0]?.created).toContain('05.678901')
      await expect(sql`DELETE FROM ledger_entry`.execute(db)).rejects.toThrow(/ledger/)
    } finally {
      await target.close()
    }
  })

  test(`rows that were changed or left out on the way are noticed, and ${mode} stays as it was`, async () => {
    const target = await openTestStore(mode)
    try {
      const text = gunzipSync(readFileSync(file)).toString()
      const changes: [string, string, RegExp][] = [
        [
          'changed',
          text.replace('9007199254740994', '9007199254740995'),
          /the content of api_key is not what was read/,
        ],
        ['left-out', text.replace(/\n\[[^\n]*9007199254740994[^\n]*/, ''), /api_key should have 690 rows and has 689/],
        ['else', text.replace('{"table":"api_key"}', '{"table":"api_kay"}'), /no table api_kay/],
        ['other-schema', text.replace('"allowed_ips"', '"allowed_ups"'), /the schema differs/],
      ]
      for (const [name, content, message] of changes) {
        const path = join(directory, `${mode}-${name}`)
        writeFileSync(path, gzipSync(content))
        await expect(load(path, target)).rejects.toThrow(message)
        expect(await filledIn(target)).toEqual([])
      }
    } finally {
      await target.close()
    }
  })

  test(`what is in ${mode} already is replaced only where that is asked for`, async () => {
    const target = await openTestStore(mode)
    try {
      await load(file, target)
      await expect(load(file, target)).rejects.toThrow('the database is not empty')
      await sql`UPDATE organization SET name = 'Another'`.execute(target.database.kysely)
      await load(file, target, true)
      expect(await sumsOf(target)).toEqual(header)
    } finally {
      await target.close()
    }
  })
}

test('a file that is there is never written over, and one whose writing fails is not there', async () => {
  const before = readFileSync(file)
  const write = (path: string) => writeTransferFile(path, '', (sink) => readTransfer(source.database.kysely, sink))
  await expect(write(file)).rejects.toThrow(/EEXIST/)
  expect(readFileSync(file).equals(before)).toBe(true)
  await expect(write(join(directory, 'nowhere', 'file'))).rejects.toThrow(/ENOENT/)
})
