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

const PASSED = { status: 'passed' }
const FAILED = { status: 'failed' }
const SKIPPED = { status: 'pending' }

test.each([
  [
    'each test of each file counts',
    [
      ['passed', [PASSED, PASSED]],
      ['failed', [PASSED, FAILED]],
    ],
    1,
    [3, 1, 0],
  ],
  ['a skipped test counts as neither', [['passed', [PASSED, SKIPPED]]], 0, [1, 0, 1]],
  [
    'a file that cannot be loaded is one failure',
    [
      ['passed', [PASSED]],
      ['failed', []],
    ],
    1,
    [1, 1, 0],
  ],
  ['a bad end without a failed test is one failure', [['passed', [PASSED]]], 1, [1, 1, 0]],
  ['an empty project is neither', [], 0, [0, 0, 0]],
] as const)('%s', (_name, files, exitCode, [passed, failed, skipped]) => {
  const report = join(directory, 'report.json')
  const testResults = files.map(([status, assertionResults]) => ({ status, assertionResults }))
  writeFileSync(report, JSON.stringify({ testResults }))
  expect(countTests(report, exitCode)).toEqual({ passed, failed, skipped })
})

test('a run that crashed before it could report is one failure', () => {
  expect(countTests(join(directory, 'missing.json'), 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})
