import { existsSync, readFileSync } from 'node:fs'

export interface TestCount {
  passed: number
  failed: number
  skipped: number
}

interface JsonReport {
  testResults: readonly {
    status: string
    assertionResults: readonly { status: string }[]
  }[]
}

/**
 * Counts a JSON report of vitest. A file that can't be loaded is one failure, and so is a run that ends badly although
 * no test failed (an unhandled rejection, a crash before the report was written).
 */
export function countTests(reportPath: string, exitCode: number): TestCount {
  const count = { passed: 0, failed: 0, skipped: 0 }
  const report = existsSync(reportPath) ? (JSON.parse(readFileSync(reportPath, 'utf8')) as JsonReport) : undefined
  for (const file of report?.testResults ?? []) {
    const statuses = file.assertionResults.map((test) => test.status)
    const failed = statuses.filter((status) => status === 'failed').length
    count.passed += statuses.filter((status) => status === 'passed').length
    count.failed += file.status === 'failed' && failed === 0 ? 1 : failed
    count.skipped += statuses.filter((status) => status !== 'passed' && status !== 'failed').length
  }
  if (exitCode !== 0 && count.failed === 0) count.failed = 1
  return count
}
