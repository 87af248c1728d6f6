import { expect, test } from 'vitest'
import { passwordProblem } from './password-rule.ts'

const ALONE = { email: 'ada@example.com', hasSecondFactor: false }
const WITH = { ...ALONE, hasSecondFactor: true }

test.each([
  ['15 characters stand alone', `${'a'.repeat(14)}b`, ALONE, undefined],
  ['14 do not', `${'a'.repeat(13)}b`, ALONE, /at least 15/],
  ['8 do beside a second factor', 'abcdefgh', WITH, undefined],
  ['7 never do', 'abcdefg', WITH, /at least 8/],
  ['a character of four bytes is one', '🦆🦢'.repeat(7), ALONE, /at least 15/],
  ['128 do', 'ab'.repeat(64), ALONE, undefined],
  ['129 do not', `${'ab'.repeat(64)}c`, ALONE, /at most 128/],
  ['the login name is none', 'Ada@Example.com', ALONE, /e-mail address/],
  ['one character over and over is none', 'a'.repeat(20), ALONE, /over and over/],
])('%s', (_name, password, owner, problem) => {
  if (problem === undefined) expect(passwordProblem(password, owner)).toBeUndefined()
  else expect(passwordProblem(password, owner)).toMatch(problem)
})
