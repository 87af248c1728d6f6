import { setTimeout as sleep } from 'node:timers/promises'
import { type ChatAnswer, chat, nano, usageOf } from '../e2e/chat-client.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import type { RecordedRequest } from '../harness/scripted-upstream.ts'

/** Dollars for a token. */
export const PRICES_USD = { prompt: 0.000001, completion: 0.00008 }
const PROMPT_NANO = nano(PRICES_USD.prompt)
const COMPLETION_NANO = nano(PRICES_USD.completion)
export const MODEL_TOKENS_MAX = 4_096
export const WANT_OF_THE_REST: Want = { words: 100, chunkDelayMs: 0, maxTokens: null, key: 0 }
const WORDS_MAX = 120
const UNBOUNDED_SHARE = 0.25
const CHUNK_DELAY_MS_MAX = 100
const SMALLEST_ANSWER_TOKENS = 16
/** Who has asked this often is stuck. */
const TURNS_MAX = 200

/** What a caller wants, drawn before anything starts. */
export interface Want {
  words: number
  chunkDelayMs: number
  /** The caller's own bound, never under its words; null leaves it to the gateway. */
  maxTokens: number | null
  key: number
}

/** One request of a caller, as the caller saw it. Times are of `performance.now()`. */
export interface Sent {
  /** Goes with it to the provider, and into the database. */
  marker: string
  replica: number
  sentAt: number
  endedAt: number
  /** `broken`: no end came; `away`: nobody listened, or the replica couldn't reach the database (503) or the provider (502) in time. */
  end: 'whole' | 'refused' | 'broken' | 'away' | 'unexpected'
  /** Of a whole answer. */
  cost: bigint | null
  /** For its input: a token for each of its bytes. */
  heldInput: bigint
  /** What the smallest form of the request holds: its input, and 16 tokens of output. */
  needed: bigint
  text: string
}

export function drawWants(count: number, random: () => number): Want[] {
  const draw = (below: number) => Math.floor(random() * below)
  return Array.from({ length: count }, () => {
    const words = 1 + draw(WORDS_MAX)
    return {
      words,
      chunkDelayMs: 1 + draw(CHUNK_DELAY_MS_MAX),
      maxTokens: random() < UNBOUNDED_SHARE ? null : Math.max(SMALLEST_ANSWER_TOKENS, words) + draw(WORDS_MAX / 4),
      key: draw(1_000),
    }
  })
}

/** What the caller of a request wants; those who spend the rest want the same. */
export function wantOf(marker: string, wants: readonly Want[]): Want {
  return wants[Number(/^c(\d+)\./.exec(marker)?.[1])] ?? WANT_OF_THE_REST
}

export function markerOf({ body }: RecordedRequest): string {
  return (body as { messages: { content: string }[] }).messages[0]?.content ?? ''
}

export function billedNano({ billed }: RecordedRequest): bigint {
  return BigInt(billed.promptTokens) * PROMPT_NANO + BigInt(billed.completionTokens) * COMPLETION_NANO
}

/** For the output, by the bound that went to the provider. */
export function heldNano({ body }: RecordedRequest): bigint {
  return BigInt((body as { max_tokens?: number }).max_tokens ?? MODEL_TOKENS_MAX) * COMPLETION_NANO
}

export interface StreamLoadOptions {
  gateways: readonly Gateway[]
  keys: readonly string[]
  random: () => number
  /** How many streams the provider sends at this moment. */
  streamCount: () => number
}

export class StreamLoad {
  readonly sent: Sent[] = []
  readonly #options: StreamLoadOptions
  readonly #turns = new Map<number, number>()

  constructor(options: StreamLoadOptions) {
    this.#options = options
  }

  /** All callers at once, each at replicas of chance, again and again until it has its answer, or is refused while no stream runs
   *  that could leave anything. */
  async runAll(wants: readonly Want[]): Promise<void> {
    await Promise.all(wants.map((want, caller) => this.#run(caller, want)))
  }

  /** One request at this replica. */
  async ask(caller: number, want: Want, replica: number): Promise<Sent> {
    const { gateways, keys } = this.#options
    const gateway = gateways[replica]
    const key = keys[want.key % keys.length]
    if (gateway === undefined || key === undefined) throw new Error('there is no such replica or no key')
    const turn = (this.#turns.get(caller) ?? 0) + 1
    this.#turns.set(caller, turn)
    const marker = `c${caller}.${turn}`
    const bound = want.maxTokens === null ? {} : { max_tokens: want.maxTokens }
    const messages = [{ role: 'user', content: marker }]
    const fields = { model: 'alpha/streams', messages, stream: true, user: marker, ...bound }
    const bytes = Buffer.byteLength(JSON.stringify(fields))
    const heldInput = BigInt(bytes) * PROMPT_NANO
    const needed = heldInput + BigInt(SMALLEST_ANSWER_TOKENS) * COMPLETION_NANO
    const sentAt = performance.now()
    const outcome = await chat(gateway, key, fields).then(outcomeOf, outcomeOfFailure)
    const one: Sent = { marker, replica, heldInput, needed, sentAt, endedAt: performance.now(), ...outcome }
    this.sent.push(one)
    return one
  }

  async #run(caller: number, want: Want): Promise<void> {
    const { gateways, random, streamCount } = this.#options
    for (let turn = 1; turn <= TURNS_MAX; turn += 1) {
      const { end } = await this.ask(caller, want, Math.floor(random() * gateways.length))
      if (end === 'whole' || end === 'unexpected') return
      if (end === 'refused' && streamCount() === 0) return
      // Those who were refused come back seldom: what they wait for is that others end.
      await sleep(end === 'refused' ? 1_000 + random() * 4_000 : 100 + random() * 900)
    }
    throw new Error(`caller ${caller} asked ${TURNS_MAX} times in vain`)
  }
}

type Outcome = Pick<Sent, 'end' | 'cost' | 'text'>

function outcomeOf(answer: ChatAnswer): Outcome {
  const { isDone, json, status } = answer
  const text = `${status} ${JSON.stringify(json ?? answer.events.at(-1))}`
  if (status === 402) return { end: 'refused', cost: null, text }
  if (status === 502 || status === 503) return { end: 'away', cost: null, text }
  if (status !== 200) return { end: 'unexpected', cost: null, text }
  return isDone ? { end: 'whole', cost: nano(usageOf(answer).cost), text } : { end: 'broken', cost: null, text }
}

function outcomeOfFailure(error: Error): Outcome {
  const text = String(error.cause ?? error)
  return { end: text.includes('ECONNREFUSED') ? 'away' : 'broken', cost: null, text }
}
