import { describe, expect, test } from 'vitest'
import { proveBudgets } from '../proof/prove-budgets.ts'

/* What `npm run prove -- --only budgets` shows, in a size for each run of the tests. */

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const SIZES = isFullSize
  ? { replicas: 4, streams: 2_000, poolUsd: 10, kills: 6 }
  : { replicas: 3, streams: 200, poolUsd: 1, kills: 2 }
const SEED = Number(process.env['SWITCHYARD_TEST_SEED'] ?? Date.now() % 1_000_000)

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('the proof of budgets', () => {
  test(`${SIZES.streams} streams of random length at once on ${SIZES.replicas} replicas that are killed: nothing is overspent, nobody is wrongly refused, no charge is lost, SWITCHYARD_TEST_SEED=${SEED}`, async () => {
    const account = await proveBudgets({ ...SIZES, seed: SEED })
    const { counts, faults, held, left, lostRows, overspend, smallest, wrongRefusals } = account
    expect({ faults, held, lostRows, overspend, wrongRefusals }).toEqual({
      faults: [],
      held: 0n,
      lostRows: [],
      overspend: 0n,
      wrongRefusals: [],
    })
    expect(left).toBeLessThan(smallest)
    expect(counts.whole).toBeGreaterThan(0)
    expect(counts.refused).toBeGreaterThan(0)
  })
})
