import { existsSync, readFileSync } from 'node:fs'

export interface TestCount {
  passed: number
  failed: number
  skipped: number
  /** Of each failure its file, its test and how its message begins, which for a generated case names the seed. */
  failures: string[]
}

const MESSAGE_CHARACTERS_MAX = 1_000

interface JsonReport {
  testResults: readonly {
    name: string
    status: string
    message?: string
    assertionResults: readonly { status: string; fullName: string; failureMessages?: readonly string[] | null }[]
  }[]
}

/**
 * Counts a JSON report of vitest. A file that can't be loaded is one failure, and so is a run that ends badly although
 * no test failed (an unhandled rejection, a crash before the report was written).
 */
export function countTests(reportPath: string, exitCode: number): TestCount {
  const count: TestCount = { passed: 0, failed: 0, skipped: 0, failures: [] }
  const report = existsSync(reportPath) ? (JSON.parse(readFileSync(reportPath, 'utf8')) as JsonReport) : undefined
  for (const file of report?.testResults ?? []) {
    const statuses = file.assertionResults.map((test) => test.status)
    const failed = statuses.filter((status) => status === 'failed').length
    count.passed += statuses.filter((status) => status === 'passed').length
    count.failed += file.status === 'failed' && failed === 0 ? 1 : failed
    count.failures.push(...failuresOf(file))
    count.skipped += statuses.filter((status) => status !== 'passed' && status !== 'failed').length
  }
  if (exitCode !== 0 && count.failed === 0) {
    count.failed = 1
    count.failures.push(`the run ended with code ${exitCode}`)
  }
  return count
}

function failuresOf({ assertionResults, message, name, status }: JsonReport['testResults'][number]): string[] {
  const failed = assertionResults.filter((test) => test.status === 'failed')
  if (status === 'failed' && failed.length === 0) return [`${name}: ${beginning(message)}`]
  return failed.map((test) => `${name} > ${test.fullName.trim()}: ${beginning(test.failureMessages?.[0])}`)
}

/** What stands before the stack, as far as it can be taken in at a glance. */
function beginning(message = ''): string {
  const [text = ''] = message.split(/\n\s+at /, 1)
  return text.trim().slice(0, MESSAGE_CHARACTERS_MAX)
}
