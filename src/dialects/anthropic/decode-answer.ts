import type { DecodedAnswer, ReadOptions } from '../dialect.ts'
import { parseExactly } from '../exact-json.ts'
import { normalizeFinishReason } from '../finish-reason.ts'
import { asObject, asText, keepRawUsage } from '../json-fields.ts'
import { readMessagesUsage } from './read-usage.ts'
import { redactedDetail, thoughtDetail } from './reasoning-details.ts'

const ID_LENGTH_MAX = 200
const STOP_DEFAULT = 'end_turn'

/** A provider's non-streaming answer, or undefined when it isn't one. */
export function decodeMessage(text: string, { isNative }: ReadOptions): DecodedAnswer | undefined {
  const answer = parseExactly(text)
  const content = answer?.['content']
  if (answer === undefined || !Array.isArray(content)) return undefined
  const native = asText(answer['stop_reason']) ?? STOP_DEFAULT
  const finishReason = normalizeFinishReason(native)
  const refusal = asText(asObject(answer['stop_details'])?.['explanation'])
  const message = { ...toChatMessage(content), ...(refusal !== null && { refusal }) }
  const usage = readMessagesUsage(answer['usage'])
  return {
    choices: [{ index: 0, finish_reason: finishReason, native_finish_reason: native, logprobs: null, message }],
    systemFingerprint: null,
    serviceTier: toServiceTier(answer['usage']),
    native: isNative ? answer : null,
    usage,
    usageRaw: keepRawUsage(answer['usage']),
    upstreamId: asText(answer['id'])?.slice(0, ID_LENGTH_MAX) ?? null,
    finishReason,
    nativeFinishReason: native,
    outputBytes: usage ? 0 : Buffer.byteLength(JSON.stringify(content)),
  }
}

/** What a chat completion calls the tier that a request was served in; null where it isn't told. */
export function toServiceTier(usage: unknown): string | null {
  const tier = asText(asObject(usage)?.['service_tier'])
  return tier === 'standard' ? 'default' : tier
}

function toChatMessage(content: readonly unknown[]): Record<string, unknown> {
  let text = ''
  let reasoning = ''
  const details: Record<string, unknown>[] = []
  const calls: Record<string, unknown>[] = []
  for (const entry of content) {
    const block = asObject(entry) ?? {}
    switch (block['type']) {
      case 'text':
        text += asText(block['text']) ?? ''
        break
      case 'thinking': {
        const thought = asText(block['thinking']) ?? ''
        const signature = asText(block['signature'])
        reasoning += thought
        details.push(thoughtDetail({ text: thought, ...(signature !== null && { signature }) }, details.length))
        break
      }
      case 'redacted_thinking':
        details.push(redactedDetail(block['data'], details.length))
        break
      case 'tool_use':
        calls.push(toToolCall(block))
        break
      default:
    }
  }
  return {
    role: 'assistant',
    content: text === '' ? null : text,
    ...(reasoning !== '' && { reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

function toToolCall({ id, name, input }: Record<string, unknown>): Record<string, unknown> {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } }
}
