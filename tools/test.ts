/**
 * `npm test`: every project with the embedded database, then, where DATABASE_URL points at one, what can tell databases
 * apart again with PostgreSQL. Ends with `N passed, N failed`, and fails also when nothing ran.
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

const ROOT = join(import.meta.dirname, '..')
const PROJECTS = ['unit', 'contract', 'contract-mcp', 'e2e', 'sim']
const PROJECTS_PER_DATABASE = ['contract', 'e2e']

const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false }, 'failed-before': { type: 'string', default: '0' } },
  allowPositionals: true,
})
const reports = mkdtempSync(join(tmpdir(), 'switchyard-test-'))
try {
  const counts = await runAll()
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, Number(values['failed-before']))
  if (passed + failed === 0) console.log('no test ran')
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
} finally {
  rmSync(reports, { recursive: true, force: true })
}

async function runAll(): Promise<TestCount[]> {
  const runs = PROJECTS.map((project) => ({ project, store: 'embedded' }))
  if (process.env['DATABASE_URL']) {
    runs.push(...PROJECTS_PER_DATABASE.map((project) => ({ project, store: 'postgres' })))
  } else {
    console.log('DATABASE_URL is not set: the tests run with the embedded database alone')
  }
  const counts: TestCount[] = []
  const lines: string[] = []
  for (const { project, store } of runs) {
    const startedAt = performance.now()
    const count = await runProject(project, store)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    lines.push(`${project} (${store}): ${count.passed} passed, ${count.failed} failed${skipped}, ${seconds} s`)
    counts.push(count)
  }
  console.log(`\n${lines.join('\n')}`)
  return counts
}

async function runProject(project: string, store: string): Promise<TestCount> {
  const report = join(reports, `${project}-${store}.json`)
  const args = ['run', '--project', project, '--passWithNoTests', '--reporter=default', '--reporter=json']
  const filter = positionals[0] === undefined ? [] : ['-t', positionals[0]]
  const env = {
    ...process.env,
    SWITCHYARD_TEST_STORE: store,
    ...(values.full ? { SWITCHYARD_TEST_SIZE: 'full' } : {}),
  }
  console.log(`\n── ${project} (${store}) ──`)
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const command = [vitest, ...args, `--outputFile.json=${report}`, ...filter]
  const { code } = await runCommand(process.execPath, command, { cwd: ROOT, env, echo: true })
  return countTests(report, code)
}
