/**
 * `npm test`: every project with the embedded database and, where DATABASE_URL points at one, what can tell databases
 * apart also with PostgreSQL. Ends with `N passed, N failed`, and fails also when nothing ran.
 *
 * `--full` (`npm run test:full -- M5`) runs the big sizes; a bare argument picks the tests whose name contains it;
 * `--failed-before N` adds N to the failures, for a script that ran other checks first and wants one closing line.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand } from './run-command.ts'
import { countTests, type TestCount } from './test-count.ts'
import { makeTestDirectory } from './test-directory.ts'

const ROOT = join(import.meta.dirname, '..')

const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false }, 'failed-before': { type: 'string', default: '0' } },
  allowPositionals: true,
})
const reports = mkdtempSync(join(tmpdir(), 'switchyard-test-'))
/** The big sizes may be too big for the memory, and who names a place means it. */
const isOnDisk = values.full || process.env['TMPDIR'] !== undefined
const inMemory = isOnDisk ? undefined : makeTestDirectory()
process.on('exit', () => {
  for (const directory of [reports, inMemory]) if (directory) rmSync(directory, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const counts = await runAll()
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, Number(values['failed-before']))
if (passed + failed === 0) console.log('no test ran')
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

interface Run {
  project: string
  store: 'embedded' | 'postgres'
}

async function runAll(): Promise<TestCount[]> {
  if (!process.env['DATABASE_URL']) {
    console.log('DATABASE_URL is not set: the tests run with the embedded database alone')
  }
  const counts: TestCount[] = []
  const lines: string[] = []
  for (const { lanes, runs } of stages()) {
    const ended = await Promise.all(Array.from({ length: lanes }, (_, at) => runLane(runs, at === 0)))
    for (const { count, line } of ended.flat()) {
      counts.push(count)
      lines.push(line)
    }
  }
  console.log(`\n${lines.join('\n')}`)
  // At the end, where somebody finds them who has only the last lines of a long log.
  for (const failure of counts.flatMap(({ failures }) => failures)) console.log(`failed: ${failure}`)
  return counts
}

interface Stage {
  lanes: number
  runs: Run[]
}

/**
 * What is done one after the other: each time lanes that go side by side, since every kind of test waits for disks, gateways or
 * deadlines a part of its time. Each lane takes the next run that is left, so the longest come first.
 */
function stages(): Stage[] {
  const isPostgres = Boolean(process.env['DATABASE_URL'])
  const onPostgres = (project: string): Run[] => (isPostgres ? [{ project, store: 'postgres' }] : [])
  const embedded = (project: string): Run => ({ project, store: 'embedded' })
  return [
    { lanes: 2, runs: ['unit', 'store', 'cuts', 'unit-apart'].map(embedded) },
    {
      lanes: 3,
      runs: [
        ...onPostgres('e2e'),
        ...onPostgres('contract'),
        embedded('browser'),
        embedded('e2e'),
        ...['contract', 'contract-mcp', 'sim'].map(embedded),
      ],
    },
  ]
}

/** Takes runs off the list until none is left. */
async function runLane(left: Run[], echo: boolean): Promise<{ count: TestCount; line: string }[]> {
  const ended: { count: TestCount; line: string }[] = []
  for (let run = left.shift(); run !== undefined; run = left.shift()) ended.push(await runTimed(run, echo))
  return ended
}

async function runTimed({ project, store }: Run, echo: boolean): Promise<{ count: TestCount; line: string }> {
  const startedAt = performance.now()
  const count = await runProject({ project, store }, echo)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
  return {
    count,
    line: `${project} (${store}): ${count.passed} passed, ${count.failed} failed${skipped}, ${seconds} s`,
  }
}

/** With `echo` its output is shown as it comes, else all of it at the end. */
async function runProject({ project, store }: Run, echo: boolean): Promise<TestCount> {
  const report = join(reports, `${project}-${store}.json`)
  const args = ['run', '--project', project, '--passWithNoTests', '--reporter=default', '--reporter=json']
  const filter = positionals[0] === undefined ? [] : ['-t', positionals[0]]
  const env = {
    ...process.env,
    SWITCHYARD_TEST_STORE: store,
    ...(process.env['DATABASE_URL'] ? { SWITCHYARD_TEST_STORES: 'both' } : {}),
    ...(values.full ? { SWITCHYARD_TEST_SIZE: 'full' } : {}),
    // The tests of the store alone write to the disk, as the product does.
    ...(inMemory !== undefined && project !== 'store' ? { TMPDIR: inMemory } : {}),
  }
  const title = `\n── ${project} (${store}) ──`
  if (echo) console.log(title)
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const command = [vitest, ...args, `--outputFile.json=${report}`, ...filter]
  const { code, output } = await runCommand(process.execPath, command, { cwd: ROOT, env, echo })
  if (!echo) console.log(`${title}\n${output}`)
  return countTests(report, code)
}
