import type { DecodedAnswer, ReadOptions } from '../dialect.ts'
import { asObject, asObjects, asText, keepRawUsage, parseObject } from '../json-fields.ts'
import { finishOf } from './finish.ts'
import { readResponsesUsage } from './read-usage.ts'
import { type ChatDelta, OutputTranslator } from './translate-output.ts'

/** A provider's whole answer, or undefined when it isn't one, or says that it failed. */
export function decodeResponse(text: string, { isNative }: ReadOptions): DecodedAnswer | undefined {
  const response = parseObject(text)
  const output = response?.['output']
  if (response === undefined || !Array.isArray(output)) return undefined
  const { status } = response
  if (status !== 'completed' && status !== 'incomplete') return undefined
  const translator = new OutputTranslator()
  const deltas = output.flatMap((item, index) => translator.readWhole(asObject(item), index))
  const { message, logprobs } = join(deltas)
  const finish = finishOf(status === 'completed', response, translator.hasToolCalls)
  const usage = readResponsesUsage(response['usage'], response['service_tier'])
  const choice = { index: 0, finish_reason: finish.reason, native_finish_reason: finish.native, message }
  return {
    choices: [logprobs.length === 0 ? choice : { ...choice, logprobs: { content: logprobs } }],
    systemFingerprint: null,
    serviceTier: asText(response['service_tier']),
    native: isNative ? response : null,
    usage,
    usageRaw: keepRawUsage(response['usage']),
    upstreamId: asText(response['id'])?.slice(0, 200) ?? null,
    finishReason: finish.reason,
    nativeFinishReason: finish.native,
    outputBytes: usage ? 0 : Buffer.byteLength(JSON.stringify(message)),
  }
}

const TEXTS = ['content', 'reasoning', 'refusal'] as const
const LISTS = ['reasoning_details', 'annotations'] as const

/** One message of what was said bit by bit. */
function join(deltas: readonly ChatDelta[]): { message: Record<string, unknown>; logprobs: unknown[] } {
  const message: Record<string, unknown> = { role: 'assistant', content: null }
  const calls: Record<string, unknown>[] = []
  const logprobs: unknown[] = []
  for (const { delta, logprobs: more = [] } of deltas) {
    logprobs.push(...more)
    for (const name of TEXTS.filter((text) => text in delta)) {
      message[name] = (asText(message[name]) ?? '') + (asText(delta[name]) ?? '')
    }
    for (const name of LISTS.filter((list) => list in delta)) {
      message[name] = [...asObjects(message[name]), ...asObjects(delta[name])]
    }
    for (const call of asObjects(delta['tool_calls'])) addCall(calls, call)
  }
  if (calls.length > 0) message['tool_calls'] = calls
  return { message, logprobs }
}

/** A call comes as its name first, then what it is called with. */
function addCall(calls: Record<string, unknown>[], { index, ...call }: Record<string, unknown>): void {
  const known = calls[Number(index)]
  if (known === undefined) {
    calls.push(call)
    return
  }
  for (const kind of ['function', 'custom']) {
    if (call[kind] !== undefined) known[kind] = { ...asObject(known[kind]), ...asObject(call[kind]) }
  }
}
