import { readRequestTexts } from '../../dialects/openai-chat/request-texts.ts'
import { type CompiledFilters, type FilterOutcome, type Finding, summarizeFinds } from '../../domain/content-filters.ts'

/** What came of checking a request, without the texts. */
export interface CheckedRequest {
  findings: Finding[]
  refusal: FilterOutcome['refusal']
  /** What is to be forwarded instead of what was sent, where that makes a difference. */
  redacted: string | null
}

/** `passedOn`: the request's fields as JSON. */
export function checkRequest(filters: CompiledFilters, passedOn: string): CheckedRequest {
  const { texts, replaceWith } = readRequestTexts(passedOn)
  const { action, finds, refusal, texts: redacted } = filters.run(texts)
  if (finds.length === 0) return { findings: [], refusal, redacted: null }
  const isRedacted = refusal === null && action !== 'none' && redacted.some((text, at) => text !== texts[at]?.text)
  return { findings: summarizeFinds(finds), refusal, redacted: isRedacted ? replaceWith(redacted) : null }
}
