import type { ReplyPlan } from './reply-plan.ts'

/** What the upstream reads from a chat completion request; everything else in it is recorded, not interpreted. */
export interface ChatRequest {
  model: string
  stream: boolean
  asksForUsage: boolean
  maxTokens: number | undefined
  promptTokens: number
}

/** A piece of an answer's body that is written at once, with the completion tokens a provider would bill for it. */
export interface Frame {
  bytes: Buffer
  tokens: number
}

export interface ChatAnswer {
  contentType: string
  frames: Frame[]
  promptTokens: number
}

const CREATED = 1_767_225_600
const DEFAULT_CHUNKS = 5
const LIAR_FACTOR = 10

/** Prompt tokens are the whitespace-separated words of all message contents. */
export function readChatRequest(body: unknown): ChatRequest {
  const fields = asRecord(body)
  const messages = Array.isArray(fields['messages']) ? fields['messages'] : []
  const limit = fields['max_completion_tokens'] ?? fields['max_tokens']
  return {
    model: typeof fields['model'] === 'string' ? fields['model'] : '',
    stream: fields['stream'] === true,
    asksForUsage: asRecord(fields['stream_options'])['include_usage'] === true,
    maxTokens: typeof limit === 'number' ? limit : undefined,
    promptTokens: messages.reduce((sum: number, message) => sum + countWords(asRecord(message)['content']), 0),
  }
}

/** The correct answer to `request` under `plan`: one JSON frame, or SSE frames from the role chunk to `[DONE]`. */
export function chatAnswer(request: ChatRequest, plan: ReplyPlan, id: string): ChatAnswer {
  const words = answerWords(request, plan)
  const promptTokens = plan.promptTokens ?? request.promptTokens
  const completionTokens =
    plan.completionTokens ?? (plan.deltas && request.stream ? plan.deltas.length : words.sent.length)
  const usage = 'usageBody' in plan ? plan.usageBody : usageObject(promptTokens, completionTokens)
  const finishReason = plan.finishReason ?? (words.cut ? 'length' : 'stop')
  const head = {
    id,
    created: CREATED,
    model: request.model,
    ...(plan.serviceTier && { service_tier: plan.serviceTier }),
  }
  if (!request.stream) {
    const message = { role: 'assistant', content: words.sent.join(''), refusal: null, ...plan.message }
    const choices = [{ index: 0, message, logprobs: null, finish_reason: finishReason }]
    const body = { ...head, object: 'chat.completion', choices, ...(plan.usage === 'never' ? {} : { usage }) }
    const frame = { bytes: Buffer.from(JSON.stringify(body)), tokens: completionTokens }
    return { contentType: 'application/json', frames: [frame], promptTokens }
  }
  const chunk = (delta: unknown, reason: string | null = null) =>
    sseEvent({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
    })
  const deltas = plan.deltas ?? words.sent.map((content) => ({ content }))
  const frames: Frame[] = [
    { bytes: chunk({ role: 'assistant', content: '' }), tokens: 0 },
    ...deltas.map((delta) => ({ bytes: chunk(delta), tokens: 1 })),
    { bytes: chunk({}, finishReason), tokens: 0 },
  ]
  if (plan.usage === 'always' || (plan.usage !== 'never' && request.asksForUsage)) {
    frames.push({ bytes: sseEvent({ ...head, object: 'chat.completion.chunk', choices: [], usage }), tokens: 0 })
  }
  frames.push({ bytes: DONE, tokens: 0 })
  return { contentType: 'text/event-stream; charset=utf-8', frames, promptTokens }
}

export const DONE = Buffer.from('data: [DONE]\n\n')

export function sseEvent(body: unknown): Buffer {
  return Buffer.from(`data: ${JSON.stringify(body)}\n\n`)
}

/** OpenAI's error envelope. */
export function errorEnvelope(status: number): unknown {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error'
  return { error: { message: `scripted failure ${status}`, type, param: null, code: String(status) } }
}

export function answerWords(request: ChatRequest, plan: ReplyPlan): { sent: string[]; cut: boolean } {
  const limit = plan.ignoresMaxTokens ? undefined : request.maxTokens
  const count =
    plan.chunks ?? (plan.ignoresMaxTokens && request.maxTokens ? request.maxTokens * LIAR_FACTOR : DEFAULT_CHUNKS)
  const words = plan.text?.split(' ') ?? Array.from({ length: count }, (_, index) => `word${index}`)
  const sent = words.slice(0, limit).map((word, index) => (index === 0 ? word : ` ${word}`))
  return { sent, cut: sent.length < words.length }
}

function usageObject(promptTokens: number, completionTokens: number): unknown {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  }
}

export function countWords(content: unknown): number {
  if (typeof content === 'string') return content.split(/\s+/).filter((word) => word !== '').length
  if (!Array.isArray(content)) return 0
  return content.reduce((sum: number, part) => sum + countWords(asRecord(part)['text']), 0)
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
