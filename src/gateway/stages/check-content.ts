import type { ChatRequest } from '../../dialects/chat-request.ts'
import { AppError } from '../../domain/app-error.ts'
import { NOT_CHECKED } from '../../domain/content-filter-labels.ts'
import type { FilterSet, Finding } from '../../domain/content-filters.ts'
import type { GuardrailInForce } from '../../domain/guardrail-in-force.ts'
import { moreSearchUnits } from '../../domain/search-units.ts'
import type { CheckResult, FilterRunner } from '../filters/filter-runner.ts'

/** A request whose texts were looked at. */
export interface CheckedContent {
  /** What goes on to a provider: the request as it came, or with what filters take out of it taken out. */
  chat: ChatRequest
  /** Empty where nothing was found. */
  findings: readonly Finding[]
}

const RETRY_SECONDS = 1
/** On record with the generation, so that somebody can see what went on unread. */
const unread = (action: 'flag' | 'block'): readonly Finding[] => [
  { filter: NOT_CHECKED, label: null, action, patterns: [], count: 1 },
]

type WithFilters = GuardrailInForce & { filterSet: FilterSet }

export function hasFilters(guardrail: GuardrailInForce | null): guardrail is WithFilters {
  return guardrail !== null && guardrail.filterSet !== null
}

/**
 * Runs the content filters of a guardrail that has any. `onFindings` is told what was found also where that refuses the request.
 * Throws `forbidden` when a filter blocks it, and when nothing could be found out, unless the guardrail lets such requests pass;
 * `unavailable` when that was because everything is busy.
 */
export function checkContent(
  chat: ChatRequest,
  guardrail: WithFilters,
  filters: FilterRunner,
  onFindings: (findings: readonly Finding[]) => void,
): CheckedContent | Promise<CheckedContent> {
  const finish = (result: CheckResult) => {
    if ('timedOut' in result) {
      const { onFilterTimeout } = guardrail.effective
      const findings = unread(onFilterTimeout === 'block' ? 'block' : 'flag')
      onFindings(findings)
      if (onFilterTimeout === 'block') throw notChecked(result.timedOut)
      return { chat, findings }
    }
    onFindings(result.findings)
    if (result.refusal !== null) throw refusal(result.refusal)
    return { chat: withRedacted(chat, result.redacted), findings: result.findings }
  }
  const result = filters.check(guardrail.filterSet, chat.payload.passedOn)
  return result instanceof Promise ? result.then(finish) : finish(result)
}

/** The hold covers what is forwarded, which may be longer than what came. */
function withRedacted(chat: ChatRequest, redacted: string | null): ChatRequest {
  if (redacted === null) return chat
  const { passedOn } = chat.payload
  const before = Buffer.byteLength(passedOn)
  const forwarded = typeof passedOn === 'string' ? redacted : Buffer.from(redacted)
  const longer = Math.max(0, Buffer.byteLength(forwarded) - before)
  return {
    ...chat,
    inputTokens: chat.inputTokens + longer,
    ...(chat.searchUnits !== undefined && { searchUnits: chat.searchUnits + moreSearchUnits(longer) }),
    payload: { ...chat.payload, native: null, passedOn: forwarded },
  }
}

function refusal({ message, patterns }: { message: string; patterns?: string[] }): AppError {
  return new AppError('forbidden', message, {}, patterns === undefined ? {} : { metadata: { patterns } })
}

/** The same request would take as long again, so that it isn't worth another try; being busy is. */
function notChecked(reason: Extract<CheckResult, { timedOut: unknown }>['timedOut']): AppError {
  if (reason === 'full') {
    const options = { retryAfterSeconds: RETRY_SECONDS }
    return new AppError('unavailable', 'The content filters are busy; try again later', { reason }, options)
  }
  return new AppError('forbidden', 'Request blocked: its content filters did not finish in time', { reason })
}
