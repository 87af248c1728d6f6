import { runCommand } from './run-command.ts'
import { listSourceFiles, listSourceFolders } from './source-files.ts'

/** Under this share of cruised files, the cruiser did not understand what it read: a clean result then means nothing. */
const COVERAGE_MIN = 0.95

export interface Violation {
  rule: string
  from: string
  to: string
}

export interface CruiseReport {
  violations: readonly Violation[]
  /** Of our own files, not of packages. */
  moduleCount: number
  fileCount: number
}

interface CruiserOutput {
  modules: readonly { source: string; followable?: boolean }[]
  summary: { violations: readonly { rule: { name: string }; from: string; to: string }[] }
}

/** Compares every import below `root` with `.dependency-cruiser.cjs` there. Throws if the cruiser gives no report. */
export async function cruise(root: string, cruiser: string): Promise<CruiseReport> {
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...listSourceFolders(root)]
  const { stdout, output } = await runCommand(process.execPath, [cruiser, ...args], { cwd: root })
  const report = readReport(stdout)
  if (!report) throw new Error(`dependency-cruiser gave no report:\n${output}`)
  const files = new Set(listSourceFiles(root))
  return {
    violations: report.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    moduleCount: report.modules.filter((module) => files.has(module.source)).length,
    fileCount: files.size,
  }
}

/** What is wrong, one line each; empty when all is well. */
export function cruiseFaults({ violations, moduleCount, fileCount }: CruiseReport): string[] {
  const faults = violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`)
  if (moduleCount === 0 || moduleCount < COVERAGE_MIN * fileCount) {
    faults.push(`only ${moduleCount} of ${fileCount} files were cruised, so that a clean result would mean nothing`)
  }
  return faults
}

function readReport(text: string): CruiserOutput | undefined {
  try {
    return JSON.parse(text) as CruiserOutput
  } catch {
    return undefined
  }
}
