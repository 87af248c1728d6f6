import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nano, readData } from '../e2e/chat-client.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../harness/gateway-process.ts'
import { type CorpusStream, eventEnds, streamCorpus } from '../harness/stream-corpus.ts'
import { endProblem } from '../harness/stream-ends.ts'
import { type Claim, exactly } from './claim.ts'

/*
 * Streams of each dialect, cut around the end of every event, for every client protocol, over HTTP.
 */

const AROUND = [-1, 0, 1]
const AT_A_TIME = 8
const ENDINGS = ['closed', 'reset'] as const
const ORDER = /cut ([\w-]+) ([\w.-]+) (\d+) (closed|reset)/
const PATHS = { chat: 'chat/completions', completions: 'completions', messages: 'messages', responses: 'responses' }
type ProtocolName = keyof typeof PATHS
export const PROTOCOLS = Object.keys(PATHS) as ProtocolName[]

interface Cut {
  stream: CorpusStream
  at: number
  ending: (typeof ENDINGS)[number]
}

export interface CutScene {
  gateway: Gateway
  dialects: readonly string[]
  stop(): Promise<number | NodeJS.Signals>
  cut(protocol: ProtocolName, dialect: string): Promise<CutRecord>
}

/** What came of the streams of one dialect for one protocol. */
export interface CutRecord {
  cuts: number
  /** How many reached the caller as a stream that ended in exactly one terminal event. */
  endedOnce: number
  /** How many broke before anything came, and were answered with one error. */
  refused: number
  /** Which ended otherwise, and how. */
  problems: readonly string[]
  /** Different generations. */
  generations: number
  /** Nano-dollars: the sum of what each was charged, and what the key was. */
  charged: bigint
  keyUsage: bigint
}

/** `isFull`: all streams with each ending; else those with most in them, with one and the other by turns. */
export async function startCutScene(isFull: boolean, options: GatewayOptions = {}): Promise<CutScene> {
  const streams = streamCorpus().filter(
    ({ name }) =>
      isFull || /^(text|tools|thinking-and-tools|thoughts-and-calls|error-amid|overloaded|error)\./.test(name),
  )
  const dialects = [...new Set(streams.map(({ dialect }) => dialect))]
  const upstream = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => sendCut(streams, Buffer.concat(chunks).toString(), response))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  // Each failure is to be seen, whatever came before.
  const env = { ...options.env, SWITCHYARD_BREAKER_COOLDOWN_MS: '0' }
  const config = { providers: dialects.map((dialect) => providerOf(dialect, origin)) }
  const gateway = await startGateway({ ...options, config, env }).catch((error: unknown) => {
    upstream.close()
    throw error
  })
  return {
    gateway,
    dialects,
    stop: async () => {
      const code = await gateway.stop()
      upstream.close()
      return code
    },
    cut: async (protocol, dialect) => {
      const cuts = streams.filter((stream) => stream.dialect === dialect).flatMap((stream) => cutsOf(stream, isFull))
      return await askForAll(gateway, protocol, cuts)
    },
  }
}

function providerOf(dialect: string, origin: string) {
  const aws = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'not-so-secret', region: 'eu-central-1' }
  const model = {
    id: `cut/${dialect}`,
    upstream_id: 'm',
    pricing: { prompt: '0.000001', completion: '0.000002' },
    context_length: 128_000,
    max_completion_tokens: 4_096,
  }
  const credentials = dialect === 'bedrock' ? { aws } : { api_key: 'secret' }
  return { slug: dialect, dialect, base_url: `${origin}/v1`, ...credentials, models: [model] }
}

/** As much of a stream as the request says. */
function sendCut(streams: readonly CorpusStream[], asked: string, response: ServerResponse): void {
  const [, dialect, name, at, ending] = ORDER.exec(asked) ?? []
  const bytes = streams.find((stream) => stream.dialect === dialect && stream.name === name)?.bytes
  const type = dialect === 'bedrock' ? 'application/vnd.amazon.eventstream' : 'text/event-stream'
  response.writeHead(bytes === undefined ? 599 : 200, { 'content-type': type })
  const sent = bytes?.subarray(0, Number(at)) ?? ''
  if (ending === 'closed') response.end(sent)
  else if (sent.length > 0) response.write(sent, () => response.destroy())
  else response.destroy()
}

/** With a key of their own, several at a time. */
async function askForAll(gateway: Gateway, protocol: ProtocolName, cuts: readonly Cut[]): Promise<CutRecord> {
  const key = await gateway.createKey({ rate_limit_rpm: 0 })
  const problems: string[] = []
  const ids = new Set<string>()
  const ends = { endedOnce: 0, refused: 0 }
  await forEach(cuts, async (cut) => {
    const { id, isStream, problem } = await askFor({ gateway, key, protocol }, cut)
    ids.add(id)
    if (problem !== undefined) problems.push(`${cut.stream.name}, ${cut.ending} after ${cut.at}: ${problem}`)
    else ends[isStream ? 'endedOnce' : 'refused'] += 1
  })
  let charged = 0n
  await forEach([...ids], async (id) => {
    const generation = await readData(gateway, `/api/v1/generation?id=${id}`, key)
    charged += nano(generation['total_cost'])
  })
  const keyUsage = nano((await readData(gateway, '/api/v1/key', key))['usage'])
  return { cuts: cuts.length, ...ends, problems, generations: ids.size, charged, keyUsage }
}

function bodyFor(protocol: ProtocolName, { at, ending, stream: { dialect, name } }: Cut): object {
  const text = `cut ${dialect} ${name} ${at} ${ending}`
  const shared = { model: `cut/${dialect}`, stream: true }
  if (protocol === 'completions') return { ...shared, prompt: text }
  if (protocol === 'responses') return { ...shared, input: text }
  return { ...shared, messages: [{ role: 'user', content: text }], max_tokens: 1_000 }
}

/** The generation, and what is wrong with how its stream ended. */
async function askFor(
  { gateway, key, protocol }: { gateway: Gateway; key: string; protocol: ProtocolName },
  cut: Cut,
): Promise<{ id: string; isStream: boolean; problem?: string }> {
  const response = await fetch(`${gateway.url}/api/v1/${PATHS[protocol]}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(bodyFor(protocol, cut)),
  })
  const text = await response.text()
  const id = response.headers.get('x-generation-id') ?? ''
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  if (!isStream) {
    const { error } = JSON.parse(text) as { error?: unknown }
    const isError = response.status >= 400 && error !== undefined
    return isError ? { id, isStream } : { id, isStream, problem: `${response.status} ${text}` }
  }
  const problem = endProblem(protocol, text)
  return problem === undefined ? { id, isStream } : { id, isStream, problem: `${problem}\n${text}` }
}

/** One after the other, several at a time. */
async function forEach<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of queue) await act(item)
    }),
  )
}

function cutsOf(stream: CorpusStream, isFull: boolean): Cut[] {
  const places = new Set([0, 1, ...eventEnds(stream).flatMap((end) => AROUND.map((by) => end + by))])
  return [...places]
    .filter((at) => at <= stream.bytes.length)
    .flatMap((at, turn) =>
      ENDINGS.filter((_, index) => isFull || index === turn % 2).map((ending) => ({ stream, at, ending })),
    )
}

export async function proveStreams(options: GatewayOptions): Promise<Claim> {
  const scene = await startCutScene(false, options)
  const records: CutRecord[] = []
  try {
    for (const protocol of PROTOCOLS) {
      for (const dialect of scene.dialects) records.push(await scene.cut(protocol, dialect))
    }
  } finally {
    await scene.stop()
  }
  return judgeStreams(records)
}

export function judgeStreams(records: readonly CutRecord[]): Claim {
  const sum = (count: (record: CutRecord) => number) => records.reduce((total, record) => total + count(record), 0)
  const money = (amount: (record: CutRecord) => bigint) => records.reduce((total, one) => total + amount(one), 0n)
  const problems = records.flatMap((record) => record.problems)
  const cuts = sum((record) => record.cuts)
  const charged = money((record) => record.charged)
  return {
    name: 'streams',
    guarantee:
      'A stream that its provider cuts reaches the caller as one valid error or with exactly one terminal event, and is charged once.',
    done: `recorded streams of every format of providers, cut before, at and after the end of each event, closed and reset, for every format of clients: ${records.length} pairs`,
    figures: [
      { name: 'streams cut', value: cuts, atLeast: 1 },
      { name: 'ended in exactly one terminal event', value: sum((record) => record.endedOnce), atLeast: 1 },
      { name: 'broke before content: exactly one error', value: sum((record) => record.refused) },
      exactly('ended otherwise', problems.length, 0),
      exactly(
        'generations on record',
        sum((record) => record.generations),
        cuts,
      ),
      { name: 'charged, of all generations', value: charged, atLeast: 1n },
      exactly(
        "charged, by the keys' counters",
        money((record) => record.keyUsage),
        charged,
      ),
    ],
    faults: problems,
  }
}
