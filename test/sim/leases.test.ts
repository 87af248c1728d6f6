import { describe, expect, test } from 'vitest'
import { Violation } from './lease-invariants.ts'
import { MUTANTS } from './lease-mutants.ts'
import { HEAVY_FAULTS, LeaseWorld, NO_FAULTS, type WorldOptions } from './lease-world.ts'

/*
 * F14: the lease book, the rules of the database and the records of the journal, as they are in production, under a virtual
 * clock with seeded faults. `npm run sim` is the full size; SWITCHYARD_TEST_SEED=<number> plays one seed again.
 */

const IS_FULL = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const SEED = process.env['SWITCHYARD_TEST_SEED']
const SEEDS = IS_FULL ? 10_000 : 500
const SEEDS_A_TEST = 50
const MUTANT_SEEDS = 100
const STEPS = 500

const WORLDS: [name: string, share: number, faults: WorldOptions['faults']][] = [
  ['no faults', 0.1, NO_FAULTS],
  ['lost, doubled and late messages, partitions, kills, wrong clocks and changed limits', 0.6, HEAVY_FAULTS],
  ['power losses and lost disks as well', 0.3, { ...HEAVY_FAULTS, powerLoss: 0.3, diskLoss: 0.3 }],
]

/** Seeds from the first on, for at most one test's time. */
const PARTS = WORLDS.flatMap(([name, share, faults]) => {
  if (SEED !== undefined) return [{ name, faults, first: Number(SEED), last: Number(SEED) }]
  const count = Math.ceil(SEEDS * share)
  return Array.from({ length: Math.ceil(count / SEEDS_A_TEST) }, (_, at) => ({
    name,
    faults,
    first: at * SEEDS_A_TEST + 1,
    last: Math.min(count, (at + 1) * SEEDS_A_TEST),
  }))
})

function play(options: WorldOptions): string | null {
  try {
    new LeaseWorld(options).run()
    return null
  } catch (error) {
    if (error instanceof Violation) return error.message
    throw error
  }
}

describe('F14', () => {
  const title = 'no limit is passed, no charge is lost, doubled or stuck: $name, seeds $first to $last'
  test.each(PARTS)(title, ({ first, last, faults }) => {
    const figures = { admitted: 0, refused: 0, kills: 0 }
    for (let seed = first; seed <= last; seed += 1) {
      const world = new LeaseWorld({ seed, steps: STEPS, faults })
      try {
        world.run()
      } catch (error) {
        throw new Error(`SWITCHYARD_TEST_SEED=${seed}: ${(error as Error).message}`, { cause: error })
      }
      figures.admitted += world.figures.admitted
      figures.refused += world.figures.refused
      figures.kills += world.figures.kills
    }
    process.stdout.write(`F14 ${JSON.stringify(figures)}\n`)
    expect(figures.admitted).toBeGreaterThan(0)
  })

  test.each(Object.keys(MUTANTS))('it is noticed when %s', (name) => {
    const mutant = MUTANTS[name]
    const violations = new Set<string>()
    for (let seed = 1; seed <= MUTANT_SEEDS && violations.size === 0; seed += 1) {
      const violation = play({ seed, steps: STEPS, faults: HEAVY_FAULTS, ...(mutant && { mutant }) })
      if (violation !== null) violations.add(`${seed}: ${violation}`)
    }
    process.stdout.write(`F14 mutant, ${name}: ${[...violations].join()}\n`)
    expect(violations.size).toBe(1)
  })
})
