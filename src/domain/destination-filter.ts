import type { FilterRules } from '../contract/management/destinations.ts'
import { AppError } from './app-error.ts'
import { compileCustomPattern } from './custom-pattern.ts'

const NUMERIC_FIELDS: ReadonlySet<string> = new Set([
  'total_cost',
  'total_tokens',
  'prompt_tokens',
  'completion_tokens',
])
const ORDERINGS: ReadonlySet<string> = new Set(['gt', 'lt', 'gte', 'lte'])
const EXISTENCE: ReadonlySet<string> = new Set(['exists', 'not_exists'])

type Rule = FilterRules['groups'][number]['rules'][number]

/** Throws `invalid_request` naming the first rule that compares what can't be compared, and `invalid_regex_pattern` for a
 *  pattern that can't be run. */
export function requireMeaningfulRules(rules: FilterRules): void {
  for (const [groupAt, group] of rules.groups.entries()) {
    for (const [ruleAt, rule] of group.rules.entries()) {
      requireMeaningful(rule, `filter_rules.groups.${groupAt}.rules.${ruleAt}`)
    }
  }
}

function requireMeaningful({ field, operator, value }: Rule, path: string): void {
  if (EXISTENCE.has(operator)) return
  if (value === undefined) throw new AppError('invalid_request', `${path}.value: ${operator} needs a value`)
  if (ORDERINGS.has(operator)) {
    if (!NUMERIC_FIELDS.has(field))
      throw new AppError('invalid_request', `${path}.operator: ${operator} is for costs and tokens only`)
    if (!isNumber(value)) throw new AppError('invalid_request', `${path}.value: must be a number`)
  }
  if (operator === 'regex') compileCustomPattern(String(value), `${path}.value`)
}

function isNumber(value: string | number): boolean {
  return typeof value === 'number' || (value.trim() !== '' && Number.isFinite(Number(value)))
}
