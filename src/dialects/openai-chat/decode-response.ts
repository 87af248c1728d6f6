import type { TokenUsage } from '../../domain/pricing.ts'
import { normalizeFinishReason } from './finish-reason.ts'
import { asObject, keepRawUsage, readUsage } from './read-usage.ts'

export interface ChatResult {
  /** The answer for the caller but for `usage`, which the gateway computes. */
  wire: Record<string, unknown>
  usage: TokenUsage | undefined
  usageRaw: Record<string, unknown> | null
  upstreamId: string | null
  finishReason: string | null
  nativeFinishReason: string | null
  /** Bytes of text and tool arguments in the answer, for an estimate when usage is missing; 0 when it is not. */
  outputBytes: number
}

export interface ChatIdentity {
  id: string
  created: number
  model: string
  provider: string
}

/** A provider's non-streaming answer, repaired to what official clients accept, or undefined when it isn't one. */
export function decodeChatResponse(text: string, identity: ChatIdentity): ChatResult | undefined {
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
  const usage = readUsage(answer['usage'])
  const wire: Record<string, unknown> = {
    id: identity.id,
    object: 'chat.completion',
    created: identity.created,
    model: identity.model,
    provider: identity.provider,
    system_fingerprint: typeof answer['system_fingerprint'] === 'string' ? answer['system_fingerprint'] : null,
    choices: repaired,
  }
  if (typeof answer['service_tier'] === 'string') wire['service_tier'] = answer['service_tier']
  return {
    wire,
    usage,
    usageRaw: keepRawUsage(answer['usage']),
    upstreamId: typeof answer['id'] === 'string' ? answer['id'].slice(0, 200) : null,
    finishReason: asText(first?.['finish_reason']),
    nativeFinishReason: asText(first?.['native_finish_reason']),
    outputBytes: usage ? 0 : Buffer.byteLength(JSON.stringify(repaired.map(({ message }) => message))),
  }
}

/** The message of the first choice of an answer in the wire's shape. */
export function firstMessageOf(wire: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const choices = wire['choices']
  const first = Array.isArray(choices) ? asObject(choices[0]) : undefined
  return asObject(first?.['message']) ?? {}
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
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
  return {
    ...choice,
    index: Number.isInteger(choice['index']) ? choice['index'] : at,
    finish_reason: normalizeFinishReason(native),
    native_finish_reason: native,
    message: repaired,
  }
}

function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
