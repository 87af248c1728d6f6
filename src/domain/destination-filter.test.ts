import { describe, expect, test } from 'vitest'
import type { FilterRules } from '../contract/management/destinations.ts'
import { compileRules, type FilterFacts, needsContent } from './destination-filter.ts'

const FACTS: FilterFacts = {
  model: 'openai/gpt-4o',
  provider: 'OpenAI',
  session_id: null,
  user_id: 'ada',
  api_key_name: 'prod key',
  finish_reason: 'stop',
  input: 'what is the weather',
  output: 'rain, 12 degrees',
  total_cost: 0.25,
  total_tokens: 120,
  prompt_tokens: 100,
  completion_tokens: 20,
}

type Rule = FilterRules['groups'][number]['rules'][number]
const passes = (...groups: { logic?: 'and' | 'or'; rules: Rule[] }[]) =>
  compileRules({ enabled: true, groups: groups.map((group) => ({ logic: 'and', ...group })) })(FACTS)
const one = (field: Rule['field'], operator: Rule['operator'], value?: string | number) =>
  passes({ rules: [value === undefined ? { field, operator } : { field, operator, value }] })

test.each([
  ['model', 'equals', 'openai/gpt-4o', true],
  ['model', 'equals', 'openai', false],
  ['model', 'not_equals', 'openai', true],
  ['model', 'starts_with', 'openai/', true],
  ['model', 'ends_with', '4o', true],
  ['input', 'contains', 'weather', true],
  ['output', 'not_contains', 'snow', true],
  ['output', 'regex', '[0-9]+ degrees', true],
  ['output', 'regex', '^[0-9]+ degrees', false],
  ['total_cost', 'gt', 0.2, true],
  ['total_cost', 'gte', '0.25', true],
  ['total_cost', 'lt', 0.25, false],
  ['total_tokens', 'lte', 120, true],
  ['total_tokens', 'equals', '120', true],
  ['session_id', 'equals', 'x', false],
  ['session_id', 'not_equals', 'x', true],
  ['session_id', 'regex', '.*', false],
] as const)('%s %s %s: %s', (field, operator, value, expected) => {
  expect(one(field, operator, value)).toBe(expected)
})

test('what is there exists, and what isn’t doesn’t', () => {
  expect([one('user_id', 'exists'), one('session_id', 'exists')]).toEqual([true, false])
  expect([one('user_id', 'not_exists'), one('session_id', 'not_exists')]).toEqual([false, true])
})

describe('groups', () => {
  const yes: Rule = { field: 'user_id', operator: 'exists' }
  const no: Rule = { field: 'session_id', operator: 'exists' }
  test.each([
    ['all of a group', [{ rules: [yes, no] }], false],
    ['any of a group', [{ logic: 'or' as const, rules: [no, yes] }], true],
    ['all groups', [{ rules: [yes] }, { logic: 'or' as const, rules: [no] }], false],
    ['a group without rules holds', [{ logic: 'or' as const, rules: [] }], true],
  ])('%s', (_name, groups, expected) => expect(passes(...groups)).toBe(expected))

  test('rules that are switched off, or that there are none of, let everything pass', () => {
    expect(compileRules({ enabled: false, groups: [{ logic: 'and', rules: [no] }] })(FACTS)).toBe(true)
    expect(compileRules(null)(FACTS)).toBe(true)
  })
})

test('content is needed unless it is private and no rule in force looks at it', () => {
  const rules = (field: Rule['field'], enabled = true): FilterRules => ({
    enabled,
    groups: [{ logic: 'and', rules: [{ field, operator: 'exists' }] }],
  })
  expect(needsContent({ privacy_mode: false, filter_rules: null })).toBe(true)
  expect(needsContent({ privacy_mode: true, filter_rules: null })).toBe(false)
  expect(needsContent({ privacy_mode: true, filter_rules: rules('input') })).toBe(true)
  expect(needsContent({ privacy_mode: true, filter_rules: rules('input', false) })).toBe(false)
  expect(needsContent({ privacy_mode: true, filter_rules: rules('model') })).toBe(false)
})
