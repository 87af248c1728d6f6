import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files of `test/e2e/` that take a minute and more, the longest first. */
const LONGEST = [
  'power-loss',
  'database-away',
  'embedded-recovery',
  'alerts',
  'backup',
  'upgrade',
  'revocation',
  'life-cycle',
  'crash',
  'start-up',
  'lost-replica',
  'shared-rates',
  'upstream-faults',
  'metrics',
  'supply-chain',
  'dead-connections',
  'key-rotation',
].map((name) => `/test/e2e/${name}.test.ts`)

/** The longest files begin first, so that none of them is left to one worker at the end. By itself Vitest goes by how long each took
 *  before, which a clean checkout doesn't know, and then by its length. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((end) => moduleId.endsWith(end))
  return rank < 0 ? LONGEST.length : rank
}
