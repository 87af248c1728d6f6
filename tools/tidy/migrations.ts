/**
 * Migrations are forward-only: a database that has run one must never meet another text under its number. The sums of
 * all migrations are committed beside them, so that a checkout without history can tell. `node tools/tidy.ts --write`
 * records a migration that is new; it never touches the sum of one that is committed already, so that changing a landed
 * migration takes an edit by hand that a reviewer sees.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TidyReport } from './report.ts'

const FOLDER = 'src/store/migrations'
const SUMS_FILE = `${FOLDER}/checksums.json`

type Sums = Readonly<Record<string, string>>

export function checkMigrations(root: string): TidyReport {
  const recorded = readRecorded(root)
  const actual = sumMigrations(root)
  const faults: string[] = []
  for (const [file, sum] of Object.entries(actual)) {
    if (!(file in recorded)) faults.push(`${FOLDER}/${file}: not recorded; run: node tools/tidy.ts --write`)
    else if (recorded[file] !== sum)
      faults.push(`${FOLDER}/${file}: changed after it was recorded; write a new migration instead`)
  }
  for (const file of Object.keys(recorded)) {
    if (!(file in actual)) faults.push(`${FOLDER}/${file}: recorded in checksums.json, but gone`)
  }
  return { faults, notes: [] }
}

/** Records new migrations, and again those that are not committed yet. */
export function writeMigrationSums(root: string): void {
  const recorded = readRecorded(root)
  const sums: Record<string, string> = { ...recorded }
  for (const [file, sum] of Object.entries(sumMigrations(root))) {
    if (!(file in recorded) || !isCommitted(root, `${FOLDER}/${file}`)) sums[file] = sum
  }
  const sorted = Object.fromEntries(Object.entries(sums).sort(([a], [b]) => a.localeCompare(b)))
  writeFileSync(join(root, SUMS_FILE), `${JSON.stringify(sorted, null, 2)}\n`)
}

function readRecorded(root: string): Sums {
  const path = join(root, SUMS_FILE)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Sums) : {}
}

function sumMigrations(root: string): Sums {
  const files = readdirSync(join(root, FOLDER)).filter((file) => file.endsWith('.sql'))
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(root, FOLDER, file)))
        .digest('hex'),
    ]),
  )
}

/** True also where git can't tell, so that a sum is never replaced in doubt. */
function isCommitted(root: string, path: string): boolean {
  if (spawnSync('git', ['rev-parse', '--git-dir'], { cwd: root }).status !== 0) return true
  return spawnSync('git', ['cat-file', '-e', `HEAD:${path}`], { cwd: root }).status === 0
}
