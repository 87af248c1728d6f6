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

const CONTENT_FIELDS: ReadonlySet<string> = new Set(['input', 'output'])

/** Whether what is asked and answered is sent to a destination, or decides what is. */
export function needsContent(destination: { privacy_mode: boolean; filter_rules: FilterRules | null }): boolean {
  const { filter_rules: rules, privacy_mode: isPrivate } = destination
  if (!isPrivate) return true
  return (
    rules?.enabled === true && rules.groups.some((group) => group.rules.some(({ field }) => CONTENT_FIELDS.has(field)))
  )
}

/** What rules look at; null where there is none. Costs in dollars. */
export type FilterFacts = Readonly<Record<Rule['field'], string | number | null>>

/** Of longer texts patterns see so much of the beginning, in UTF-16 code units. */
const PATTERN_SIGHT = 65_536

/** Tells which traces pass: of each group all rules or any must hold, and all groups. */
export function compileRules(rules: FilterRules | null): (facts: FilterFacts) => boolean {
  if (rules?.enabled !== true) return () => true
  const groups = rules.groups
    .filter((group) => group.rules.length > 0)
    .map((group) => ({ isAny: group.logic === 'or', tests: group.rules.map(compileRule) }))
  return (facts) =>
    groups.every(({ isAny, tests }) =>
      isAny ? tests.some((holds) => holds(facts)) : tests.every((holds) => holds(facts)),
    )
}

type Test = (facts: FilterFacts) => boolean
type Comparison = (fact: string | number, wanted: string | number) => boolean

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  equals: (fact, wanted) => (typeof fact === 'number' ? fact === Number(wanted) : fact === String(wanted)),
  contains: (fact, wanted) => String(fact).includes(String(wanted)),
  starts_with: (fact, wanted) => String(fact).startsWith(String(wanted)),
  ends_with: (fact, wanted) => String(fact).endsWith(String(wanted)),
  gt: (fact, wanted) => Number(fact) > Number(wanted),
  lt: (fact, wanted) => Number(fact) < Number(wanted),
  gte: (fact, wanted) => Number(fact) >= Number(wanted),
  lte: (fact, wanted) => Number(fact) <= Number(wanted),
}
const NEGATIONS: Readonly<Record<string, string>> = { not_equals: 'equals', not_contains: 'contains' }

/** Of what isn't there only negations hold. */
function compileRule({ field, operator, value }: Rule): Test {
  if (operator === 'exists') return (facts) => facts[field] !== null
  if (operator === 'not_exists') return (facts) => facts[field] === null
  if (value === undefined) return () => false
  if (operator === 'regex') {
    const { find } = compileCustomPattern(String(value))
    return (facts) => facts[field] !== null && find(String(facts[field]).slice(0, PATTERN_SIGHT)).length > 0
  }
  const negated = NEGATIONS[operator]
  const compare = COMPARISONS[negated ?? operator]
  return (facts) => {
    const fact = facts[field]
    const holds = fact !== null && compare?.(fact, value) === true
    return negated === undefined ? holds : !holds
  }
}
