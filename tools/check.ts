/**
 * `npm run check`: all that can be said about the tree without starting the product. Two lanes, one for each core of a
 * small machine; a step that fails shows its whole output. `--static` leaves the unit tests out.
 */
import { join } from 'node:path'
import { cruise, cruiseFaults } from './cruise.ts'
import { runCommand } from './run-command.ts'
import { tidyReport } from './tidy/tidy-report.ts'

interface StepResult {
  passed: boolean
  output: string
}

interface Step {
  name: string
  run: () => Promise<StepResult>
}

const ROOT = join(import.meta.dirname, '..')
const LANES = 2

const isStaticOnly = process.argv.includes('--static')
const unit = commandStep('unit', 'vitest/vitest.mjs', [
  'run',
  '--project',
  'unit',
  '--project',
  'unit-apart',
  '--reporter',
  'dot',
])
const steps: Step[] = [
  ...(isStaticOnly ? [] : [unit]),
  commandStep('tsc', 'typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']),
  commandStep('tsc-dash', 'typescript/bin/tsc', ['--noEmit', '-p', 'dashboard/tsconfig.json']),
  commandStep('biome', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '--max-diagnostics=100']),
  { name: 'imports', run: checkImports },
  commandStep('knip', 'knip/bin/knip.js', ['--no-progress']),
  { name: 'tidy', run: checkTidy },
]

const failures: { name: string; output: string }[] = []
await Promise.all(Array.from({ length: LANES }, runLane))
for (const { name, output } of failures) console.log(`\n── ${name} ──\n${output.trimEnd()}`)
console.log(failures.length === 0 ? '\ncheck passed' : `\ncheck failed: ${failures.map((f) => f.name).join(', ')}`)
process.exitCode = failures.length === 0 ? 0 : 1

async function runLane(): Promise<void> {
  for (let step = steps.shift(); step; step = steps.shift()) {
    const startedAt = performance.now()
    const { passed, output } = await step.run().catch(fromError)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${step.name.padEnd(8)} ${seconds} s`)
    if (!passed) failures.push({ name: step.name, output })
  }
}

function commandStep(name: string, script: string, args: readonly string[]): Step {
  const path = join(ROOT, 'node_modules', script)
  return {
    name,
    run: async () => {
      const env = { ...process.env, NO_COLOR: '1' }
      const { code, output } = await runCommand(process.execPath, [path, ...args], { cwd: ROOT, env })
      return { passed: code === 0, output }
    },
  }
}

async function checkImports(): Promise<StepResult> {
  const report = await cruise(ROOT, join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'))
  return fromFaults(cruiseFaults(report))
}

async function checkTidy(): Promise<StepResult> {
  const { faults, notes } = tidyReport(ROOT)
  for (const note of notes) console.log(`       tidy: ${note}`)
  return fromFaults(faults)
}

/** A check that can't do its work is a failed one; the others still run. */
function fromError(error: unknown): StepResult {
  return { passed: false, output: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

function fromFaults(faults: readonly string[]): StepResult {
  return { passed: faults.length === 0, output: faults.join('\n') }
}
