import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FlushLoop } from './flush-loop.ts'
import type { Segment } from './journal.ts'

/** What is posted, as it was when it was posted, and when each ends is said by the test. */
class Database {
  readonly batches: { rows: Buffer; ids: string[]; end: (error?: Error) => void }[] = []
  readonly charged: string[][] = []
  readonly failures: string[] = []
  readonly loop = new FlushLoop({
    post: (rows) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve())
        this.batches.push({ rows, ids: idsIn(rows), end })
      }),
    observe: (observation) => this.failures.push(observation.type),
    intervalMs: 1,
    onPosted: (charges) => this.charged.push(charges.map(({ lease, amount }) => `${lease} ${amount}`)),
  })

  enqueue(id: string, segment: Segment, text = ''): void {
    const charges = [{ lease: 'r.1', amount: 3n }]
    this.loop.enqueue({ json: Buffer.from(JSON.stringify({ id, text })), charges }, segment)
  }

  batch(at: number) {
    return waitFor(() => this.batches[at])
  }
}

function idsIn(rows: Buffer): string[] {
  return (JSON.parse(rows.toString()) as { id: string }[]).map(({ id }) => id)
}

async function waitFor<T>(read: () => T | undefined): Promise<T> {
  for (;;) {
    const found = read()
    if (found !== undefined) return found
    await turn()
  }
}

function newSegment(number = 1): Segment {
  return { number, path: '', open: 0, unposted: 0 }
}

test('what ends while a batch is posted waits for the next one, and does not change what is posted', async () => {
  const database = new Database()
  const segment = newSegment()
  database.enqueue('a', segment)
  database.enqueue('b', segment)
  const first = await database.batch(0)
  database.enqueue('c', segment)
  expect([first.ids, idsIn(first.rows), database.loop.pendingCount]).toEqual([['a', 'b'], ['a', 'b'], 3])
  first.end()
  const second = await database.batch(1)
  expect([second.ids, database.loop.pendingCount, segment.unposted]).toEqual([['c'], 1, 1])
  second.end()
  await expect(database.loop.waitUntilPosted(60_000)).resolves.toBe(true)
  expect([database.charged, segment.unposted]).toEqual([[['r.1 6'], ['r.1 3']], 0])
})

test('a batch that fails is posted again, first and whole, and its segments wait for it', async () => {
  const database = new Database()
  const [one, other] = [newSegment(1), newSegment(2)]
  database.enqueue('a', one)
  database.enqueue('b', other)
  ;(await database.batch(0)).end(new Error('away'))
  await waitFor(() => database.failures[0])
  expect([one.unposted, other.unposted]).toEqual([1, 1])
  database.enqueue('c', other)
  const again = await database.batch(1)
  expect(again.ids.slice(0, 2)).toEqual(['a', 'b'])
  again.end()
  await waitFor(() => (one.unposted === 0 ? true : undefined))
  void database.batch(2).then(({ end }) => end())
  await database.loop.waitUntilPosted(60_000)
  expect([one.unposted, other.unposted, database.failures]).toEqual([0, 0, ['flush_failed']])
})

test('batches hold at most 500, in order, however long what ended is', async () => {
  const database = new Database()
  const segment = newSegment()
  const ids = Array.from({ length: 1_203 }, (_, at) => `gen-${at}`)
  // Longer together than what a batch begins with, and one longer alone.
  for (const [at, id] of ids.entries()) database.enqueue(id, segment, 'x'.repeat(at === 700 ? 200_000 : 300))
  for (const at of [0, 1, 2]) (await database.batch(at)).end()
  await expect(database.loop.waitUntilPosted(60_000)).resolves.toBe(true)
  expect(database.batches.map((batch) => batch.ids.length)).toEqual([500, 500, 203])
  expect(database.batches.flatMap((batch) => batch.ids)).toEqual(ids)
  expect(database.charged).toEqual([['r.1 1500'], ['r.1 1500'], ['r.1 609']])
})

test('a wait ends without what is not posted in its time', async () => {
  const database = new Database()
  database.enqueue('a', newSegment())
  await expect(database.loop.waitUntilPosted(5)).resolves.toBe(false)
  ;(await database.batch(0)).end()
  await expect(database.loop.waitUntilPosted(60_000)).resolves.toBe(true)
})
