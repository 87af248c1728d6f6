import type { Gateway } from '../harness/gateway-process.ts'

export interface ChatAnswer {
  status: number
  headers: Headers
  /** The JSON body, or undefined for a stream. */
  json: Record<string, unknown> | undefined
  /** Events of a stream, `[DONE]` left out. */
  events: Record<string, unknown>[]
  isDone: boolean
  /** Comments and other lines that are no data. */
  otherLines: string[]
}

export interface ChatUsage {
  cost: number
  prompt_tokens: number
  completion_tokens: number
}

const MESSAGES = [{ role: 'user', content: 'Hello out there' }]

/** One chat completion through the gateway; fields over a default question. Rejects only when the connection breaks. */
export async function chat(gateway: Gateway, key: string, fields: Record<string, unknown> = {}): Promise<ChatAnswer> {
  const response = await fetch(`${gateway.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'alpha/small', messages: MESSAGES, ...fields }),
  })
  const text = await response.text()
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  const { status, headers } = response
  if (!isStream) return { status, headers, json: JSON.parse(text), events: [], isDone: false, otherLines: [] }
  return { status, headers, json: undefined, ...readEvents(text) }
}

/** The usage of an answer, wherever it stands. */
export function usageOf(answer: ChatAnswer): ChatUsage {
  const carrier = answer.json ?? answer.events.findLast((event) => 'usage' in event)
  if (!carrier || !('usage' in carrier)) throw new Error(`no usage in ${JSON.stringify(answer)}`)
  return carrier['usage'] as ChatUsage
}

export function idOf(answer: ChatAnswer): string {
  return answer.headers.get('x-generation-id') ?? ''
}

function readEvents(text: string): Pick<ChatAnswer, 'events' | 'isDone' | 'otherLines'> {
  const lines = text.split('\n').filter((line) => line !== '')
  const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length))
  const isDone = data.at(-1) === '[DONE]'
  const events = (isDone ? data.slice(0, -1) : data).map((entry) => JSON.parse(entry) as Record<string, unknown>)
  return { events, isDone, otherLines: lines.filter((line) => !line.startsWith('data: ')) }
}

/** Nano-dollars of a wire amount, exactly. */
export function nano(usd: unknown): bigint {
  return BigInt(Math.round(Number(usd) * 1e9))
}

/** Reads one `data` object of the management API. */
export async function readData(gateway: Gateway, path: string, key?: string): Promise<Record<string, unknown>> {
  const { status, body } = await gateway.call('GET', path, key === undefined ? {} : { key })
  if (status !== 200) throw new Error(`GET ${path} answered ${status} ${JSON.stringify(body)}`)
  return (body as { data: Record<string, unknown> }).data
}
