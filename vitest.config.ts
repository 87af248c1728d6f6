import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tools/longest-first.ts'

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
const seconds = (count: number) => count * 1000 * (isFullSize ? 30 : 1)

/** Tests beside the code that open a database, which takes seconds. */
const ON_DATABASES = ['src/store/**/*.test.ts', 'src/jobs/outbox-loop.test.ts']
/** Streams of every format of providers, cut after every byte for every format of clients. */
const CUT_STREAMS = ['src/gateway/stages/cut-streams.test.ts']
/** Tests that measure, or would feel what another has left in the process. */
const APART = [
  'src/gateway/key-timing.test.ts',
  'src/gateway/stages/token-bombs.test.ts',
  'src/upstream/**/*.test.ts',
  'test/tooling/**/*.test.ts',
  'test/harness/**/*.test.ts',
  'test/bench/*.test.ts',
]

/** Tests of what no store has a part in, and the longest of those whose rules shorter ones hold each store to. Where a run takes
 *  both stores, they go with one of them, but for those of full size. */
const WITH_POSTGRES_ALONE = [
  'contract/hostile-input',
  'contract/permission-table',
  'e2e/alerts',
  'e2e/apply',
  'e2e/audit-verify-offline',
  'e2e/browser-pages',
  'e2e/byok-providers',
  'e2e/catalogue-refresh',
  'e2e/clients/ai-sdk',
  'e2e/clients/anthropic',
  'e2e/clients/langchain',
  'e2e/clients/openai',
  'e2e/clients/openrouter-sdk',
  'e2e/content-filters',
  'e2e/custom-providers',
  'e2e/cut-requests',
  'e2e/cut-streams',
  'e2e/demo-data',
  'e2e/disconnect',
  'e2e/egress',
  'e2e/ended-sessions',
  'e2e/explained-refusals',
  'e2e/forbidden-address',
  'e2e/gemini-and-bedrock',
  'e2e/getting-started',
  'e2e/guardrails',
  'e2e/hostile-input',
  'e2e/import',
  'e2e/invoices',
  'e2e/io-logging',
  'e2e/key-rotation',
  'e2e/large-bodies',
  'e2e/lists',
  'e2e/login-attacks',
  'e2e/login-audit',
  'e2e/messages',
  'e2e/metrics',
  'e2e/migrate-store',
  'e2e/models-of-key',
  'e2e/overload',
  'e2e/plugins',
  'e2e/presets',
  'e2e/provider-outage',
  'e2e/rate-limits',
  'e2e/redaction',
  'e2e/response-cache',
  'e2e/responses',
  'e2e/routing',
  'e2e/routing-cases',
  'e2e/secret-rotation',
  'e2e/service-tiers',
  'e2e/slow-callers',
  'e2e/shared-rates',
  'e2e/sign-in',
  'e2e/sign-in-otherwise',
  'e2e/stripe-payments',
  'e2e/supply-chain',
  'e2e/tls',
  'e2e/upstream-faults',
]
const EMBEDDED_ALONE = ['contract/cli', 'contract/invitation-sequences', 'contract/resource-sequences']
const isOneOfBoth = process.env['SWITCHYARD_TEST_STORES'] === 'both' && !isFullSize
const leftToTheOther = isOneOfBoth
  ? (isPostgres ? EMBEDDED_ALONE : WITH_POSTGRES_ALONE).map((name) => `test/${name}.test.ts`)
  : []
/** What operations do is then asked of PostgreSQL over HTTP and of the embedded database over MCP. */
const leftToMcp = isOneOfBoth && !isPostgres ? ['test/contract/*/*.test.ts'] : []

/** What a test waits for comes later on a machine that has other work; by default a poll gives up after a second. */
const patient = { poll: { timeout: 20_000 } }

/** `tools/test.ts` runs these projects and counts; what belongs to which is told in CONTRIBUTING.md. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'dashboard/src/**/*.test.ts', 'tools/**/*.test.ts', 'test/proof/**/*.test.ts'],
          exclude: [...ON_DATABASES, ...CUT_STREAMS, ...APART],
          // Loading the whole contract anew for each of some hundred files would take as long as the tests.
          isolate: false,
          // By default there is one worker less than cores.
          maxWorkers: 2,
          testTimeout: seconds(30),
          hookTimeout: seconds(30),
        },
      },
      {
        test: {
          name: 'unit-apart',
          include: APART,
          maxWorkers: 2,
          testTimeout: seconds(30),
          hookTimeout: seconds(30),
        },
      },
      {
        test: {
          name: 'cuts',
          include: CUT_STREAMS,
          testTimeout: seconds(60),
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
          expect: patient,
          include: ['test/contract/**/*.test.ts'],
          exclude: [...leftToTheOther, ...leftToMcp],
          globalSetup: ['test/contract/shared-gateway.ts'],
          setupFiles: ['test/contract/check-audit-trail.ts'],
          // All files share one gateway: pages and sums would change under each other's eyes.
          fileParallelism: false,
          isolate: false,
          testTimeout: seconds(60),
          hookTimeout: seconds(120),
        },
      },
      {
        test: {
          name: 'contract-mcp',
          expect: patient,
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
          expect: patient,
          include: ['test/e2e/**/*.test.ts'],
          exclude: [
            // About the embedded database alone, whichever the others run on.
            ...(isPostgres ? ['test/e2e/embedded-recovery.test.ts'] : []),
            ...leftToTheOther,
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
          name: 'browser',
          expect: patient,
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/build-dashboard.ts'],
          // Each file has a browser, which alone keeps a core busy.
          fileParallelism: false,
          testTimeout: seconds(180),
          hookTimeout: seconds(180),
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
