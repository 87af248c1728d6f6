import { defineConfig } from 'vitest/config'

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
const seconds = (count: number) => count * 1000 * (isFullSize ? 30 : 1)

/** Tests beside the code that open a database, which takes seconds. */
const ON_DATABASES = ['src/store/**/*.test.ts', 'src/jobs/outbox-loop.test.ts']

/** End-to-end tests of what no store has a part in. Where a run takes both stores, these go with PostgreSQL alone. */
const WHATEVER_THE_STORE = [
  'browser-pages',
  'content-filters',
  'disconnect',
  'forbidden-address',
  'hostile-input',
  'large-bodies',
  'rate-limits',
  'shared-rates',
  'upstream-faults',
].map((name) => `test/e2e/${name}.test.ts`)
const isEmbeddedOfBoth = !isPostgres && process.env['SWITCHYARD_TEST_STORES'] === 'both'

/** `tools/test.ts` runs these projects and counts; what belongs to which is told in CONTRIBUTING.md. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'tools/**/*.test.ts',
            'test/tooling/**/*.test.ts',
            'test/harness/**/*.test.ts',
            'test/bench/*.test.ts',
          ],
          exclude: ON_DATABASES,
          // By default there is one worker less than cores.
          maxWorkers: 2,
          testTimeout: seconds(30),
          hookTimeout: seconds(30),
        },
      },
      {
        test: {
          name: 'store',
          include: ON_DATABASES,
          maxWorkers: 2,
          testTimeout: seconds(30),
          hookTimeout: seconds(120),
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: ['test/contract/shared-gateway.ts'],
          setupFiles: ['test/contract/check-audit-trail.ts'],
          // All files share one gateway: pages and sums would change under each other's eyes.
          fileParallelism: false,
          // Loading the whole contract anew for each of some hundred files would take as long as the tests.
          isolate: false,
          testTimeout: seconds(60),
          hookTimeout: seconds(120),
        },
      },
      {
        test: {
          name: 'contract-mcp',
          // The cases of each operation once more, each request as the tool call that means the same.
          include: [
            'test/contract/*/*.test.ts',
            'test/contract/every-operation.test.ts',
            'test/contract/surface.test.ts',
          ],
          env: { SWITCHYARD_TEST_SURFACE: 'mcp' },
          globalSetup: ['test/contract/shared-gateway.ts'],
          setupFiles: ['test/contract/check-audit-trail.ts'],
          fileParallelism: false,
          isolate: false,
          testTimeout: seconds(60),
          hookTimeout: seconds(120),
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [
            // About the embedded database alone, whichever the others run on.
            ...(isPostgres ? ['test/e2e/embedded-recovery.test.ts'] : []),
            ...(isEmbeddedOfBoth ? WHATEVER_THE_STORE : []),
          ],
          // Each file starts real processes, which wait for disks and deadlines half of the time.
          maxWorkers: 2,
          // On a loaded machine the longest take minutes.
          testTimeout: seconds(600),
          hookTimeout: seconds(120),
        },
      },
      {
        test: {
          name: 'sim',
          include: ['test/sim/**/*.test.ts'],
          testTimeout: seconds(180),
          hookTimeout: seconds(60),
        },
      },
    ],
  },
})
