import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countTests } from './test-count.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchyard-count-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const PASSED = { status: 'passed', fullName: 'one' }
const FAILED = { status: 'failed', fullName: 'two', failureMessages: ['expected 1 to be 2\n  at somewhere'] }
const SKIPPED = { status: 'pending', fullName: 'three' }

test.each([
  [
    'each test of each file counts',
    [
      ['passed', [PASSED, PASSED]],
      ['failed', [PASSED, FAILED]],
    ],
    1,
    [3, 1, 0, ['a.test.ts > two: expected 1 to be 2']],
  ],
  ['a skipped test counts as neither', [['passed', [PASSED, SKIPPED]]], 0, [1, 0, 1, []]],
  [
    'a file that cannot be loaded is one failure',
    [
      ['passed', [PASSED]],
      ['failed', []],
    ],
    1,
    [1, 1, 0, ['a.test.ts: no such module']],
  ],
  [
    'a bad end without a failed test is one failure',
    [['passed', [PASSED]]],
    1,
    [1, 1, 0, ['the run ended with code 1']],
  ],
  ['an empty project is neither', [], 0, [0, 0, 0, []]],
] as const)('%s, and is told', (_name, files, exitCode, [passed, failed, skipped, failures]) => {
  const report = join(directory, 'report.json')
  const testResults = files.map(([status, assertionResults]) => ({
    name: 'a.test.ts',
    message: 'no such module',
    ...{ status, assertionResults },
  }))
  writeFileSync(report, JSON.stringify({ testResults }))
  expect(countTests(report, exitCode)).toEqual({ passed, failed, skipped, failures })
})

test('a run that crashed before it could report is one failure', () => {
  const failures = ['the run ended with code 1']
  expect(countTests(join(directory, 'missing.json'), 1)).toEqual({ passed: 0, failed: 1, skipped: 0, failures })
})
