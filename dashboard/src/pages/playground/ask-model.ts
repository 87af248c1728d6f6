import { z } from 'zod'
import { getGeneration } from '../../../../src/contract/inference/generations.ts'
import { call } from '../../api/call.ts'
import type { Answer, ChatBody, Failure, Usage } from './conversation.ts'
import { readEvents } from './read-events.ts'

/** As long as anybody reads; what follows is charged, and not shown. */
const TEXT_LENGTH_MAX = 1_000_000
const CHARGE_TRIES = 5
const CHARGE_PAUSE_MS = 500

const ChunkWire = z.object({
  id: z.string().optional(),
  provider: z.string().optional(),
  choices: z
    .array(
      z.object({
        delta: z
          .object({ content: z.string().nullish(), reasoning: z.string().nullish(), refusal: z.string().nullish() })
          .optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
  usage: z
    .object({
      prompt_tokens: z.number(),
      completion_tokens: z.number(),
      completion_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
      cost: z.number().nullish(),
    })
    .nullish(),
  error: z.object({ code: z.union([z.number(), z.string()]).optional(), message: z.string() }).optional(),
})
type ChunkWire = z.output<typeof ChunkWire>

interface Asked {
  secret: string
  body: ChatBody
  signal: AbortSignal
  /** Told with every change, from the first byte to the end. */
  onChange: (change: Partial<Answer>) => void
}

/** Has a model answer, as it comes. Never throws: what went wrong is a part of the answer. */
export async function askModel({ secret, body, signal, onChange }: Asked): Promise<void> {
  const startedAt = performance.now()
  const sinceStart = () => performance.now() - startedAt
  let answer: Partial<Answer> = {}
  const change = (changes: Partial<Answer>) => {
    answer = { ...answer, ...changes }
    onChange(changes)
  }
  try {
    const response = await fetch('/api/v1/chat/completions', {
      method: 'POST',
      credentials: 'omit',
      signal,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, stream: true }),
    })
    const generationId = response.headers.get('x-generation-id')
    if (!response.ok || response.body === null) {
      change({ state: 'failed', failure: await toFailure(response), tookMs: sinceStart() })
      return
    }
    if (generationId !== null) change({ generationId })
    for await (const data of readEvents(response.body)) change(toChange(data, answer, sinceStart))
    change({ state: answer.failure === undefined ? 'done' : 'failed', tookMs: sinceStart() })
  } catch (error) {
    if (signal.aborted) change({ state: 'stopped', tookMs: sinceStart() })
    else change({ state: 'failed', failure: broken(error), tookMs: sinceStart() })
  }
  if (answer.usage === undefined && answer.generationId !== undefined) {
    const usage = await chargeOf(secret, answer.generationId)
    if (usage !== undefined) onChange({ usage })
  }
}

function toChange(data: string, answer: Partial<Answer>, sinceStart: () => number): Partial<Answer> {
  const read = ChunkWire.safeParse(toJson(data))
  if (!read.success) return {}
  const { id, provider, choices, usage, error } = read.data
  const [choice] = choices ?? []
  const text = choice?.delta?.content ?? choice?.delta?.refusal ?? ''
  const reasoning = choice?.delta?.reasoning ?? ''
  const isFirst = answer.firstTokenMs === undefined && text + reasoning !== ''
  return {
    ...(id === undefined ? {} : { generationId: id }),
    ...(provider === undefined ? {} : { provider }),
    ...(text === '' ? {} : { text: longer(answer.text, text) }),
    ...(reasoning === '' ? {} : { reasoning: longer(answer.reasoning, reasoning) }),
    ...(isFirst ? { firstTokenMs: sinceStart() } : {}),
    ...(choice?.finish_reason ? { finishReason: choice.finish_reason } : {}),
    ...(usage ? { usage: toUsage(usage) } : {}),
    ...(error === undefined ? {} : { failure: { status: Number(error.code) || 0, message: error.message } }),
  }
}

function longer(text: string | undefined, more: string): string {
  return ((text ?? '') + more).slice(0, TEXT_LENGTH_MAX)
}

function toUsage(usage: NonNullable<ChunkWire['usage']>): Usage {
  return {
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    cost: usage.cost ?? 0,
  }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function toFailure(response: Response): Promise<Failure> {
  const { error } = (await response.json().catch(() => ({}))) as { error?: { message?: string } }
  const requestId = response.headers.get('x-request-id')
  return {
    status: response.status,
    message: error?.message ?? `${response.status} ${response.statusText}`,
    ...(requestId === null ? {} : { requestId }),
  }
}

function broken(error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error)
  return { status: 0, message: `The connection broke off: ${reason}` }
}

/** What was charged for an answer that ended before it said so; undefined while that isn't known. */
async function chargeOf(secret: string, id: string): Promise<Usage | undefined> {
  for (let tries = 0; tries < CHARGE_TRIES; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, CHARGE_PAUSE_MS))
    const answer = await call(getGeneration, { id }, secret).catch(() => undefined)
    if (answer === undefined) continue
    const { tokens_prompt, tokens_completion, native_tokens_reasoning, total_cost } = answer.data
    return {
      promptTokens: tokens_prompt ?? 0,
      completionTokens: tokens_completion ?? 0,
      reasoningTokens: native_tokens_reasoning ?? 0,
      cost: total_cost,
    }
  }
  return undefined
}
