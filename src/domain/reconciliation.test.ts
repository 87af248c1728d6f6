import { expect, test } from 'vitest'
import { ALL_MODELS, BILL_SCALE, distanceOf, modelNames, reconcile, toNano } from './reconciliation.ts'

const same = (model: string) => model
const usd = (dollars: number) => BigInt(Math.round(dollars * 1e6)) * 10n ** BigInt(BILL_SCALE - 6)
const nano = (dollars: number) => BigInt(Math.round(dollars * 1e9))
const our = (date: string, model: string, cost: number, reported = 0) => ({
  ...{ date, model },
  ...{ cost: nano(cost), reported: nano(reported) },
})
const their = (date: string, model: string, cost: number) => ({ date, model, amount: usd(cost) })

test('both sides stand side by side by day and model, and what only one has is there too', () => {
  const ours = [our('2026-10-02', 'a/x', 1, 0.5), our('2026-10-01', 'a/x', 2), our('2026-10-01', 'a/y', 3)]
  const theirs = [their('2026-10-01', 'a/x', 1.5), their('2026-10-01', 'a/x', 0.25), their('2026-10-02', 'z', 4)]
  expect(reconcile(ours, theirs, same)).toEqual({
    rows: [
      { date: '2026-10-01', model: 'a/x', ours: nano(2), theirs: nano(1.75), reported: 0n },
      { date: '2026-10-01', model: 'a/y', ours: nano(3), theirs: null, reported: 0n },
      { date: '2026-10-02', model: 'a/x', ours: nano(1), theirs: null, reported: nano(0.5) },
      { date: '2026-10-02', model: 'z', ours: null, theirs: nano(4), reported: 0n },
    ],
    ours: nano(6),
    theirs: nano(5.75),
    reported: nano(0.5),
  })
})

test('a bill without models is compared by day', () => {
  const ours = [our('2026-10-01', 'a/x', 1), our('2026-10-01', 'a/y', 2)]
  expect(reconcile(ours, [their('2026-10-01', '', 3)], same).rows).toEqual([
    { date: '2026-10-01', model: ALL_MODELS, ours: nano(3), theirs: nano(3), reported: 0n },
  ])
  const mixed = [their('2026-10-01', '', 3), their('2026-10-01', 'a/x', 1)]
  expect(reconcile(ours, mixed, same).rows.map(({ model }) => model)).toEqual(['', 'a/x', 'a/y'])
})

test('parts of a nano-dollar add up before they are rounded', () => {
  const third = 333_333_333n
  const lines = Array.from({ length: 3_000 }, () => ({ date: '2026-10-01', model: 'm', amount: third }))
  expect(reconcile([], lines, same)).toMatchObject({ theirs: 1_000n, rows: [{ theirs: 1_000n }] })
  expect([499_999_999n, 500_000_000n, -500_000_000n, -499_999_999n].map(toNano)).toEqual([0n, 1n, -1n, 0n])
})

test.each([
  [0n, 0n, 0n],
  [100n, 100n, 0n],
  [101n, 100n, 10_000n],
  [99n, 100n, 10_000n],
  [1_000_001n, 1_000_000n, 1n],
  [10_000_001n, 10_000_000n, 1n],
  [0n, 5n, 1_000_000n],
  [5n, 0n, null],
  [-99n, -100n, 10_000n],
])('%d of ours are apart from %d of theirs by %d', (ours, theirs, apart) => {
  expect(distanceOf({ ours, theirs })).toBe(apart)
})

test.each([
  ['openai/gpt-4o', 'openai/gpt-4o'],
  ['gpt-4o', 'openai/gpt-4o'],
  ['gpt-4o-2024-08-06', 'openai/gpt-4o'],
  ['gpt-4o-2024-05-13', 'openai/gpt-4o-2024-05-13'],
  ['Claude Haiku 4.5', 'anthropic/claude-haiku-4.5'],
  ['claude-haiku-4-5-20251001', 'anthropic/claude-haiku-4.5'],
  ['accounts/fireworks/models/llama-v3', 'meta/llama-v3'],
  ['dated', 'maker/dated-20260101'],
  ['given', 'meta/llama-v3'],
  ['twin', 'twin'],
  ['unknown', 'unknown'],
  ['', ''],
])('%j is %j of ours', (theirs, ours) => {
  const known = ['openai/gpt-4o', 'openai/gpt-4o-2024-05-13', 'anthropic/claude-haiku-4.5', 'meta/llama-v3']
  const names = [...known, 'maker/dated-20260101', 'one/twin', 'two/twin']
  expect(modelNames(names, new Map([['given', 'meta/llama-v3']]))(theirs)).toBe(ours)
})
