import type { DecodedAnswer } from '../dialect.ts'
import { normalizeFinishReason } from '../finish-reason.ts'
import { asObject, asText, keepRawUsage, parseObject } from '../json-fields.ts'
import { flattenContent } from './flatten-content.ts'
import { readUsage } from './read-usage.ts'

/** A provider's non-streaming answer, repaired to what official clients accept, or undefined when it isn't one. */
export function decodeAnswer(text: string): DecodedAnswer | undefined {
  const answer = parseObject(text)
  const choices = answer?.['choices']
  if (answer === undefined || !Array.isArray(choices) || choices.length === 0) return undefined
  const repaired: Record<string, unknown>[] = []
  for (const [at, entry] of choices.entries()) {
    const choice = repairChoice(entry, at)
    if (choice === undefined) return undefined
    repaired.push(choice)
  }
  const first = repaired[0]
  const usage = readUsage(answer['usage'], answer['service_tier'])
  return {
    choices: repaired,
    systemFingerprint: asText(answer['system_fingerprint']),
    serviceTier: asText(answer['service_tier']),
    native: null,
    usage,
    usageRaw: keepRawUsage(answer['usage']),
    upstreamId: typeof answer['id'] === 'string' ? answer['id'].slice(0, 200) : null,
    finishReason: asText(first?.['finish_reason']),
    // Null where it gives none: what the caller reads as `stop` may be the end of nothing.
    nativeFinishReason: asText(asObject(choices[0])?.['finish_reason']),
    outputBytes: usage ? 0 : Buffer.byteLength(JSON.stringify(repaired.map(({ message }) => message))),
  }
}

function repairChoice(entry: unknown, at: number): Record<string, unknown> | undefined {
  const choice = asObject(entry)
  const message = asObject(choice?.['message'])
  if (choice === undefined || message === undefined) return undefined
  const native = typeof choice['finish_reason'] === 'string' ? choice['finish_reason'] : 'stop'
  const { reasoning_content: reasoningContent, ...rest } = message
  const repaired: Record<string, unknown> = { ...rest, role: 'assistant', content: rest['content'] ?? null }
  if (typeof reasoningContent === 'string' && rest['reasoning'] === undefined) repaired['reasoning'] = reasoningContent
  flattenContent(repaired)
  return {
    ...choice,
    index: Number.isInteger(choice['index']) ? choice['index'] : at,
    finish_reason: normalizeFinishReason(native),
    native_finish_reason: native,
    message: repaired,
  }
}
