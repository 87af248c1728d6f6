import { z } from 'zod'

/* What a conversation in the playground is, and the requests that it makes. */

export const LANES_MAX = 3
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export const SORTS = ['price', 'throughput', 'latency', 'exacto'] as const

const Image = z.object({ name: z.string(), url: z.string() })
export type Image = z.output<typeof Image>

const Routing = z.object({
  sort: z.enum(SORTS).nullable(),
  order: z.array(z.string()),
  only: z.array(z.string()),
  ignore: z.array(z.string()),
  allowsFallbacks: z.boolean(),
  requiresParameters: z.boolean(),
  deniesCollection: z.boolean(),
  isZdr: z.boolean(),
})
export type Routing = z.output<typeof Routing>

/** As they stand in the fields; `temperature` and `maxTokens` may be empty or wrong there. */
const Settings = z.object({
  system: z.string(),
  temperature: z.string(),
  maxTokens: z.string(),
  effort: z.enum(EFFORTS).nullable(),
  isJson: z.boolean(),
  routing: Routing,
})
export type Settings = z.output<typeof Settings>

export const DEFAULT_SETTINGS: Settings = {
  system: '',
  temperature: '',
  maxTokens: '1024',
  effort: null,
  isJson: false,
  routing: {
    sort: null,
    order: [],
    only: [],
    ignore: [],
    allowsFallbacks: true,
    requiresParameters: false,
    deniesCollection: false,
    isZdr: false,
  },
}

const Usage = z.object({
  promptTokens: z.number(),
  completionTokens: z.number(),
  reasoningTokens: z.number(),
  /** Dollars, with nine decimals that count. */
  cost: z.number(),
})
export type Usage = z.output<typeof Usage>

const Failure = z.object({ status: z.number(), message: z.string(), requestId: z.string().optional() })
export type Failure = z.output<typeof Failure>

const Answer = z.object({
  model: z.string(),
  state: z.enum(['running', 'done', 'stopped', 'failed']),
  text: z.string(),
  reasoning: z.string(),
  /** Who made it, and why it ended, as the API says. */
  provider: z.string().optional(),
  finishReason: z.string().optional(),
  usage: Usage.optional(),
  generationId: z.string().optional(),
  firstTokenMs: z.number().optional(),
  tookMs: z.number().optional(),
  failure: Failure.optional(),
})
export type Answer = z.output<typeof Answer>

const Turn = z.object({
  id: z.string(),
  text: z.string(),
  images: z.array(Image),
  /** By lane. */
  answers: z.record(z.string(), Answer),
})
export type Turn = z.output<typeof Turn>

const Lane = z.object({ id: z.string(), model: z.string() })
export type Lane = z.output<typeof Lane>

export const Conversation = z.object({
  settings: Settings,
  lanes: z.array(Lane).max(LANES_MAX),
  turns: z.array(Turn),
})
export type Conversation = z.output<typeof Conversation>

/** What is being written and not sent yet. */
export interface Draft {
  text: string
  images: readonly Image[]
}

export type Part = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } }
export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string | Part[]
}

/** A chat completion request, as it goes over the wire. */
export interface ChatBody {
  model: string
  messages: Message[]
  max_tokens?: number
  temperature?: number
  reasoning?: { effort: string }
  response_format?: { type: 'json_object' }
  provider?: Record<string, unknown>
  stream?: true
}

export function settingsFaults({ temperature, maxTokens }: Settings): { temperature?: string; maxTokens?: string } {
  const heat = Number(temperature)
  const most = Number(maxTokens)
  return {
    ...(temperature.trim() === '' || (heat >= 0 && heat <= 2) ? {} : { temperature: 'A number from 0 to 2' }),
    ...(maxTokens.trim() === '' || (Number.isInteger(most) && most >= 1 && most <= 10_000_000)
      ? {}
      : { maxTokens: 'A whole number from 1 to 10,000,000' }),
  }
}

/** The request that asks the lane's model. A turn that the lane has no answer to is left out of what it is told. */
export function toBody({ settings, turns }: Conversation, lane: Lane, asked: Draft): ChatBody {
  const { temperature, maxTokens, effort, isJson } = settings
  const provider = toPreferences(settings.routing)
  return {
    model: lane.model,
    messages: [
      ...(settings.system.trim() === '' ? [] : [{ role: 'system' as const, content: settings.system }]),
      ...turns.flatMap((turn) => pastMessages(turn, lane)),
      { role: 'user', content: toContent(asked) },
    ],
    ...(maxTokens.trim() === '' ? {} : { max_tokens: Number(maxTokens) }),
    ...(temperature.trim() === '' ? {} : { temperature: Number(temperature) }),
    ...(effort === null ? {} : { reasoning: { effort } }),
    ...(isJson ? { response_format: { type: 'json_object' } } : {}),
    ...(Object.keys(provider).length === 0 ? {} : { provider }),
  }
}

/** What `view as code` shows: what would be sent now, else what was sent last. */
export function bodyOnScreen(conversation: Conversation, lane: Lane, draft: Draft): ChatBody {
  const last = conversation.turns.at(-1)
  const isDrafting = draft.text.trim() !== '' || draft.images.length > 0
  if (isDrafting) return toBody(conversation, lane, draft)
  if (last === undefined) return toBody(conversation, lane, { text: 'Hello', images: [] })
  return toBody({ ...conversation, turns: conversation.turns.slice(0, -1) }, lane, last)
}

function pastMessages({ text, images, answers }: Turn, lane: Lane): Message[] {
  const answer = answers[lane.id]
  if (answer === undefined || answer.text === '') return []
  return [
    { role: 'user', content: toContent({ text, images }) },
    { role: 'assistant', content: answer.text },
  ]
}

function toContent({ text, images }: Draft): string | Part[] {
  if (images.length === 0) return text
  const pictures = images.map(({ url }): Part => ({ type: 'image_url', image_url: { url } }))
  return text === '' ? pictures : [{ type: 'text', text }, ...pictures]
}

/** Only what was chosen, so that the workspace's own defaults hold for the rest. */
function toPreferences(routing: Routing): Record<string, unknown> {
  const { sort, order, only, ignore, allowsFallbacks, requiresParameters, deniesCollection, isZdr } = routing
  return {
    ...(sort === null ? {} : { sort }),
    ...(order.length === 0 ? {} : { order }),
    ...(only.length === 0 ? {} : { only }),
    ...(ignore.length === 0 ? {} : { ignore }),
    ...(allowsFallbacks ? {} : { allow_fallbacks: false }),
    ...(requiresParameters ? { require_parameters: true } : {}),
    ...(deniesCollection ? { data_collection: 'deny' } : {}),
    ...(isZdr ? { zdr: true } : {}),
  }
}
