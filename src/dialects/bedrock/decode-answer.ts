import type { DecodedAnswer } from '../dialect.ts'
import { parseExactly } from '../exact-json.ts'
import { asObject, asObjects, asText, keepRawUsage } from '../json-fields.ts'
import { toFinishReason, toReasoningDetail } from './read-content.ts'
import { readBedrockUsage } from './read-usage.ts'

type Fields = Record<string, unknown>

/** Of `Converse`. */
export function decodeBedrockAnswer(text: string): DecodedAnswer | undefined {
  const answer = parseExactly(text)
  const blocks = asObject(asObject(answer?.['output'])?.['message'])?.['content']
  if (answer === undefined || !Array.isArray(blocks)) return undefined
  const message = toMessage(blocks.map((block) => asObject(block) ?? {}))
  const native = asText(answer['stopReason']) ?? 'end_turn'
  const finishReason = toFinishReason(native)
  const tier = asText(asObject(answer['serviceTier'])?.['type'])
  const usage = readBedrockUsage(answer['usage'], tier)
  return {
    choices: [{ index: 0, message, finish_reason: finishReason, native_finish_reason: native }],
    systemFingerprint: null,
    serviceTier: tier,
    native: null,
    usage,
    usageRaw: keepRawUsage(answer['usage']),
    upstreamId: null,
    finishReason,
    nativeFinishReason: native,
    outputBytes: usage ? 0 : Buffer.byteLength(JSON.stringify(message)),
  }
}

function toMessage(blocks: readonly Fields[]): Fields {
  let content = ''
  let reasoning = ''
  const calls: Fields[] = []
  const details: Fields[] = []
  for (const [at, block] of blocks.entries()) {
    content += asText(block['text']) ?? citedText(block['citationsContent'])
    const call = asObject(block['toolUse'])
    if (call !== undefined) calls.push(toCall(call))
    const thought = asObject(block['reasoningContent'])
    if (thought === undefined) continue
    const said = asObject(thought['reasoningText']) ?? thought
    reasoning += asText(said['text']) ?? ''
    const detail = toReasoningDetail(said, at)
    if (detail !== undefined) details.push(detail)
  }
  const message: Fields = { role: 'assistant', content: content === '' ? null : content, refusal: null }
  if (reasoning !== '') message['reasoning'] = reasoning
  if (details.length > 0) message['reasoning_details'] = details
  if (calls.length > 0) message['tool_calls'] = calls
  return message
}

/** What is said with its sources stands beside them, in pieces. */
function citedText(cited: unknown): string {
  return asObjects(asObject(cited)?.['content'])
    .map((piece) => asText(piece['text']) ?? '')
    .join('')
}

function toCall(call: Fields): Fields {
  const named = { name: asText(call['name']) ?? '', arguments: JSON.stringify(call['input'] ?? {}) }
  return { id: asText(call['toolUseId']) ?? '', type: 'function', function: named }
}
