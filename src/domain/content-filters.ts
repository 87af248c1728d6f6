import type { BuiltinSlug, FilterAction } from '../contract/management/guardrail-fields.ts'
import { BUILTIN_LABELS, type NOT_CHECKED } from './content-filter-labels.ts'
import { type CustomPattern, compileCustomPattern } from './custom-pattern.ts'
import type { BuiltinFilter, ContentFilter } from './guardrail-merge.ts'
import { PERSONAL_DATA_FINDERS } from './personal-data.ts'
import { findInjections } from './prompt-injection.ts'
import { joinSpans, type Span } from './spans.ts'

/*
 * What a request's texts are checked for before it goes anywhere. Each filter looks at each text on its own. A find is told
 * of (`flag`), taken out of the text (`redact`), or refuses the whole request (`block`).
 */

const CUSTOM_PLACEHOLDER = '[REDACTED]'
const UNNAMED = '[BLOCKED]'
const PATTERNS_TOLD_MAX = 20
const PATTERN_TOLD_LENGTH_MAX = 200

export interface ScannedText {
  text: string
  /** Whether the user wrote it; filters that look at users alone pass the others by. */
  isFromUser: boolean
}

export interface FilterFind extends Span {
  /** A built-in's slug, or `custom`. */
  filter: BuiltinSlug | 'custom'
  /** Of a custom filter, its pattern; of the prompt-injection detector, the name of what was recognized. */
  pattern: string | null
  label: string | null
  action: FilterAction
  /** Which of the texts. */
  text: number
}

export interface FilterOutcome {
  /** The strictest of what was found. */
  action: FilterAction | 'none'
  /** With what is to be redacted taken out, in the order they came. */
  texts: string[]
  finds: FilterFind[]
  /** The public message of the refusal, when there is one. */
  refusal: { message: string; patterns?: string[] } | null
}

interface Filter {
  find: (text: string) => Pick<FilterFind, 'start' | 'end' | 'pattern'>[]
  filter: BuiltinSlug | 'custom'
  label: string | null
  action: FilterAction
  isForUsersOnly: boolean
  placeholder: string
}

/** Everything that texts are to be checked for. `phrases` are allowed although they look like prompt injection. */
export interface FilterSet {
  filters: readonly ContentFilter[]
  builtins: readonly BuiltinFilter[]
  phrases: readonly string[]
}

/** `timed_out`: it could not be found out in the time there is for it, so nothing is known of the texts. */
export type FilterResult = { kind: 'done'; outcome: FilterOutcome } | { kind: 'timed_out' }

/** What is found out of a request, given as the JSON of its fields. `timedOut`: nothing is. */
export type CheckRequest = (
  set: FilterSet,
  request: string,
) => Promise<{ findings: readonly Finding[]; refusal: FilterOutcome['refusal'] } | { timedOut: string }>

/** What a filter found in a request, without what it was. */
export interface Finding {
  /** `not_checked`: the texts went on unread, as the guardrail has it. */
  filter: FilterFind['filter'] | typeof NOT_CHECKED
  label: string | null
  action: FilterAction
  /** Of a custom filter the beginning of its pattern; of the prompt-injection detector the names of what was recognized. */
  patterns: string[]
  count: number
}

/** One of each filter and action, in the order they were found first. */
export function summarizeFinds(finds: readonly FilterFind[]): Finding[] {
  const byFilter = Map.groupBy(finds, ({ filter, action, pattern }) =>
    JSON.stringify([filter, action, filter === 'custom' ? pattern : null]),
  )
  return [...byFilter.values()].flatMap((same) =>
    same.slice(0, 1).map(({ filter, label, action }) => ({
      filter,
      label,
      action,
      patterns: patternsOf(same),
      count: same.length,
    })),
  )
}

function patternsOf(finds: readonly FilterFind[]): string[] {
  const named = finds.flatMap(({ pattern }) => (pattern === null ? [] : [pattern.slice(0, PATTERN_TOLD_LENGTH_MAX)]))
  return [...new Set(named)].slice(0, PATTERNS_TOLD_MAX)
}

/** Runs filters without keeping anybody else waiting, whatever the texts and patterns. */
export type FilterTexts = (set: FilterSet, texts: readonly ScannedText[]) => Promise<FilterResult>

/** Filters made ready to run any number of times. */
export interface CompiledFilters {
  /** Of the customer's patterns: with the length of the texts, what a run may cost. */
  steps: number
  run: (texts: readonly ScannedText[]) => FilterOutcome
}

/** Throws `invalid_regex_pattern`, which can't happen for patterns that were checked when they were stored. */
export function compileContentFilters({ filters, builtins, phrases }: FilterSet): CompiledFilters {
  const custom = filters.map((filter) => ({ filter, compiled: compileCustomPattern(filter.pattern) }))
  const all = [
    ...builtins.map((builtin) => toBuiltinFilter(builtin, phrases)),
    ...custom.map(({ filter, compiled }) => toCustomFilter(filter, compiled)),
  ]
  return {
    steps: custom.reduce((sum, { compiled }) => sum + compiled.steps, 0),
    run: (texts) => {
      const finds: FilterFind[] = []
      for (const [index, scanned] of texts.entries()) findIn(scanned, { index, filters: all, finds })
      if (finds.length === 0) return { action: 'none', texts: texts.map(({ text }) => text), finds, refusal: null }
      const redacted = texts.map(({ text }, index) => redact(text, finds, index, all))
      return { action: strictestOf(finds), texts: redacted, finds, refusal: refusalOf(finds, texts) }
    },
  }
}

function toBuiltinFilter({ slug, action, scanScope }: BuiltinFilter, phrases: readonly string[]): Filter {
  const common = {
    filter: slug,
    label: BUILTIN_LABELS[slug].human,
    action,
    placeholder: BUILTIN_LABELS[slug].placeholder,
  }
  if (slug === 'regex-prompt-injection') {
    return { ...common, find: (text) => findInjections(text, phrases), isForUsersOnly: scanScope === 'user_only' }
  }
  const find = (text: string) => PERSONAL_DATA_FINDERS[slug](text).map((span) => ({ ...span, pattern: null }))
  return { ...common, find, isForUsersOnly: false }
}

function toCustomFilter({ pattern, action, label }: ContentFilter, compiled: CustomPattern): Filter {
  const find = (text: string) => compiled.find(text).map((span) => ({ ...span, pattern }))
  return { find, filter: 'custom', label, action, isForUsersOnly: false, placeholder: CUSTOM_PLACEHOLDER }
}

/** Adds to `finds` what filters find in the text at `index`. Most texts have nothing, and should cost nothing beside the search. */
function findIn(
  { text, isFromUser }: ScannedText,
  { index, filters, finds }: { index: number; filters: readonly Filter[]; finds: FilterFind[] },
): void {
  for (const { action, filter, find, isForUsersOnly, label } of filters) {
    if (isForUsersOnly && !isFromUser) continue
    for (const { start, end, pattern } of find(text)) {
      finds.push({ start, end, pattern, filter, label, action, text: index })
    }
  }
}

/** Where finds overlap, all that they cover gives way to the placeholder of the first. */
function redact(text: string, finds: readonly FilterFind[], index: number, filters: readonly Filter[]): string {
  const mine = finds
    .filter((find) => find.text === index && find.action === 'redact')
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
  let redacted = ''
  let at = 0
  for (const span of joinSpans(mine)) {
    const first = mine.find(({ start }) => start === span.start)
    const placeholder = filters.find(({ filter }) => filter === first?.filter)?.placeholder ?? CUSTOM_PLACEHOLDER
    redacted += text.slice(at, span.start) + placeholder
    at = span.end
  }
  return redacted + text.slice(at)
}

function strictestOf(finds: readonly FilterFind[]): FilterAction | 'none' {
  const actions = new Set(finds.map(({ action }) => action))
  return (['block', 'redact', 'flag'] as const).find((action) => actions.has(action)) ?? 'none'
}

function refusalOf(finds: readonly FilterFind[], texts: readonly ScannedText[]): FilterOutcome['refusal'] {
  const blocking = finds.filter(({ action }) => action === 'block')
  const [first] = blocking
  if (first === undefined) return null
  if (first.filter !== 'regex-prompt-injection') {
    return { message: `Request blocked by content filter: ${first.label ?? UNNAMED}` }
  }
  const found = blocking
    .filter(({ filter }) => filter === 'regex-prompt-injection')
    .map(({ text, start, end }) =>
      (texts[text]?.text ?? '').slice(start, Math.min(end, start + PATTERN_TOLD_LENGTH_MAX)),
    )
  const patterns = [...new Set(found)].slice(0, PATTERNS_TOLD_MAX)
  return { message: 'Request blocked: prompt injection patterns detected', patterns }
}
