import type { DecodedAnswer } from '../dialect.ts'
import { parseExactly } from '../exact-json.ts'
import { asObject, asText } from '../json-fields.ts'
import type { AnswerEnd, AnswerIdentity } from '../protocol.ts'
import type { Block } from './encode-parts.ts'
import { ownDetails } from './reasoning-details.ts'
import { toStopReason } from './stop-reason.ts'
import { messagesUsage } from './usage-wire.ts'

/** A whole answer for a client of the Messages format: the provider's own under our identity, or one made of a chat completion. */
export function toMessage(answer: DecodedAnswer, identity: AnswerIdentity, end: AnswerEnd): Record<string, unknown> {
  const { id, model, provider } = identity
  const { native } = answer
  const usage = messagesUsage(end.usage, end.cost, asObject(native?.['usage']))
  if (native !== null) {
    return { container: null, stop_details: null, ...native, id, model, provider, usage, ...end.metadata }
  }
  const choice = answer.choices[0] ?? {}
  const message = asObject(choice['message']) ?? {}
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    provider,
    container: null,
    content: toBlocks(message),
    stop_reason: toStopReason(choice, { hasRefused: Boolean(asText(message['refusal'])) }),
    stop_details: null,
    stop_sequence: null,
    usage,
    ...end.metadata,
  }
}

function toBlocks(message: Record<string, unknown>): Block[] {
  const { tool_calls: calls } = message
  const text = textOf(message['content']) + (asText(message['refusal']) ?? '')
  return [
    ...thoughts(message),
    ...(text === '' ? [] : [{ type: 'text', text, citations: null }]),
    ...(Array.isArray(calls) ? calls.map(toToolUse) : []),
  ]
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return asText(content) ?? ''
  return content.map((part) => asText(asObject(part)?.['text']) ?? '').join('')
}

function toToolUse(entry: unknown, at: number): Block {
  const call = asObject(entry)
  const part = asObject(call?.['function'])
  return {
    type: 'tool_use',
    id: asText(call?.['id']) ?? `call_${at}`,
    caller: { type: 'direct' },
    name: asText(part?.['name']) ?? '',
    input: parseExactly(asText(part?.['arguments']) ?? '') ?? {},
  }
}

/** With their signatures where there are any; of other models without. */
function thoughts(message: Record<string, unknown>): Block[] {
  const { reasoning_details: details, reasoning } = message
  const signed = ownDetails(details).flatMap((detail): Block[] => {
    if (detail['type'] === 'reasoning.encrypted') return [{ type: 'redacted_thinking', data: detail['data'] }]
    if (detail['type'] !== 'reasoning.text') return []
    const thinking = asText(detail['text']) ?? ''
    return [{ type: 'thinking', thinking, signature: asText(detail['signature']) ?? '' }]
  })
  if (signed.length > 0) return signed
  return typeof reasoning === 'string' && reasoning !== ''
    ? [{ type: 'thinking', thinking: reasoning, signature: '' }]
    : []
}
