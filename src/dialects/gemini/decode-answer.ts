import type { DecodedAnswer } from '../dialect.ts'
import { parseExactly } from '../exact-json.ts'
import { asObject, asText, keepRawUsage } from '../json-fields.ts'
import { blockReasonOf, CandidateReader, type Said } from './read-candidate.ts'
import { readLogprobs } from './read-logprobs.ts'
import { readGeminiUsage } from './read-usage.ts'

type Fields = Record<string, unknown>

/** Of `generateContent`. A question that was blocked is an answer too: one without content. */
export function decodeGeminiAnswer(text: string): DecodedAnswer | undefined {
  const answer = parseExactly(text)
  if (answer === undefined) return undefined
  const upstreamId = asText(answer['responseId'])?.slice(0, 200) ?? null
  const candidates = Array.isArray(answer['candidates']) ? answer['candidates'] : []
  const choices = candidates.map((entry, at) => toChoice(asObject(entry) ?? {}, at, upstreamId))
  const blocked = blockReasonOf(answer)
  if (choices.length === 0 && blocked === undefined) return undefined
  if (blocked !== undefined && choices.length === 0) choices.push(blockedChoice(blocked))
  const usage = readGeminiUsage(answer['usageMetadata'])
  const [first] = choices
  return {
    choices,
    systemFingerprint: null,
    serviceTier: null,
    native: null,
    usage,
    usageRaw: keepRawUsage(answer['usageMetadata']),
    upstreamId,
    finishReason: asText(first?.['finish_reason']),
    nativeFinishReason: asText(first?.['native_finish_reason']),
    outputBytes: usage ? 0 : Buffer.byteLength(JSON.stringify(choices.map(({ message }) => message))),
  }
}

function toChoice(candidate: Fields, at: number, answerId: string | null): Fields {
  const index = Number.isInteger(candidate['index']) ? Number(candidate['index']) : at
  const reader = new CandidateReader(index)
  const said = reader.read(candidate, answerId)
  const native = asText(candidate['finishReason']) ?? 'STOP'
  const logprobs = readLogprobs(candidate['logprobsResult'])
  return {
    index,
    message: toMessage(said),
    ...(logprobs === undefined ? {} : { logprobs }),
    finish_reason: reader.finishReason(native),
    native_finish_reason: native,
  }
}

function toMessage({ content, reasoning, details, calls, images }: Said): Fields {
  const message: Fields = { role: 'assistant', content: content === '' ? null : content, refusal: null }
  if (reasoning !== '') message['reasoning'] = reasoning
  if (details.length > 0) message['reasoning_details'] = details
  if (calls.length > 0) message['tool_calls'] = calls.map(({ index: _, ...call }) => call)
  if (images.length > 0) message['images'] = images
  return message
}

function blockedChoice(reason: string): Fields {
  return {
    index: 0,
    message: { role: 'assistant', content: null, refusal: `The provider blocked the request: ${reason}` },
    finish_reason: 'content_filter',
    native_finish_reason: reason,
  }
}
