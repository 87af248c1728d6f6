import { expect, test } from 'vitest'
import { observeIsolation } from '../proof/isolation.ts'

/*
 * Whatever is done to one workspace, nothing about another changes: what a call is answered, where it goes, what it may use,
 * what it is counted in, what its logs show. The organization pays in advance, and the quiet workspace reserves what it needs.
 */

const CHANGES = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 1_000 : 100
const SEED = Number(process.env['SWITCHYARD_TEST_SEED'] ?? Date.now() % 1_000_000)

test('no change of one workspace changes an answer, a plan, a counter or a log of another, its keys are shown none of the requests there, and what that reserves stays its own', async () => {
  const record = await observeIsolation({ changes: CHANGES, seed: SEED })
  expect(record.first).toMatchObject({ status: 200 })
  expect(record.differing).toEqual([])
  expect(record.isSameModels).toBe(true)
  const { budgetSpent, cost, keyUsage } = record
  expect({ budgetSpent, keyUsage }).toEqual({ budgetSpent: cost, keyUsage: cost })
  expect(record.logRows).toBe(Math.min(CHANGES + 1, 100))
  expect(record.foreignLogRows).toBe(0)
  expect([record.ownReads, record.ownReadsAnswered]).toEqual([CHANGES + 1, CHANGES + 1])
  expect([record.foreignReads, record.foreignReadsAnswered]).toEqual([CHANGES + 2, 0])
  // What nobody reserves is used up, and the quiet one doesn't notice.
  expect(record.drainedStatus).toBe(402)
  expect(record.isSameAfterDrain).toBe(true)
})
