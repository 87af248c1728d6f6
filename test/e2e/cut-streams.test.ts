import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type CorpusStream, eventEnds, streamCorpus } from '../harness/stream-corpus.ts'
import { endProblem } from '../harness/stream-ends.ts'
import { nano, readData } from './chat-client.ts'

/*
 * F4 over HTTP: streams of each dialect, cut around the end of every event, for every client protocol. After every byte they are
 * cut in `src/gateway/stages/cut-streams.test.ts`, without connections.
 */

const IS_FULL_SIZE = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
/** Those with most in them; all at full size. */
const STREAMS = streamCorpus().filter(
  ({ name }) =>
    IS_FULL_SIZE || /^(text|tools|thinking-and-tools|thoughts-and-calls|error-amid|overloaded|error)\./.test(name),
)
const AROUND = [-1, 0, 1]
const AT_A_TIME = 8
const ENDINGS = ['closed', 'reset'] as const
const ORDER = /cut ([\w-]+) ([\w.-]+) (\d+) (closed|reset)/
const PATHS = { chat: 'chat/completions', completions: 'completions', messages: 'messages', responses: 'responses' }
type ProtocolName = keyof typeof PATHS

interface Cut {
  stream: CorpusStream
  at: number
  ending: (typeof ENDINGS)[number]
}

let upstream: Server
let gateway: Gateway

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => sendCut(Buffer.concat(chunks).toString(), response))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  const providers = [...new Set(STREAMS.map(({ dialect }) => dialect))].map((dialect) => ({
    slug: dialect,
    dialect,
    base_url: `${origin}/v1`,
    ...(dialect === 'bedrock'
      ? { aws: { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'not-so-secret', region: 'eu-central-1' } }
      : { api_key: 'secret' }),
    models: [
      {
        id: `cut/${dialect}`,
        upstream_id: 'm',
        pricing: { prompt: '0.000001', completion: '0.000002' },
        context_length: 128_000,
        max_completion_tokens: 4_096,
      },
    ],
  }))
  // Each failure is to be seen, whatever came before.
  gateway = await startGateway({ config: { providers }, env: { SWITCHYARD_BREAKER_COOLDOWN_MS: '0' } })
})
afterAll(async () => {
  expect(gateway?.stdout.filter((line) => line.includes('request_failed'))).toEqual([])
  expect(await gateway?.stop()).toBe(0)
  upstream?.close()
})

/** As much of a stream as the request says. */
function sendCut(asked: string, response: ServerResponse): void {
  const [, dialect, name, at, ending] = ORDER.exec(asked) ?? []
  const bytes = STREAMS.find((stream) => stream.dialect === dialect && stream.name === name)?.bytes
  const type = dialect === 'bedrock' ? 'application/vnd.amazon.eventstream' : 'text/event-stream'
  response.writeHead(bytes === undefined ? 599 : 200, { 'content-type': type })
  const sent = bytes?.subarray(0, Number(at)) ?? ''
  if (ending === 'closed') response.end(sent)
  else if (sent.length > 0) response.write(sent, () => response.destroy())
  else response.destroy()
}

function bodyFor(protocol: ProtocolName, { at, ending, stream: { dialect, name } }: Cut): object {
  const text = `cut ${dialect} ${name} ${at} ${ending}`
  const shared = { model: `cut/${dialect}`, stream: true }
  if (protocol === 'completions') return { ...shared, prompt: text }
  if (protocol === 'responses') return { ...shared, input: text }
  return { ...shared, messages: [{ role: 'user', content: text }], max_tokens: 1_000 }
}

/** The generation, and what is wrong with how its stream ended. */
async function askFor(protocol: ProtocolName, key: string, cut: Cut): Promise<{ id: string; problem?: string }> {
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
    return response.status >= 400 && error !== undefined ? { id } : { id, problem: `${response.status} ${text}` }
  }
  const problem = endProblem(protocol, text)
  return problem === undefined ? { id } : { id, problem: `${problem}\n${text}` }
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

/** At full size with each ending, else with one and the other by turns. */
function cutsOf(stream: CorpusStream): Cut[] {
  const places = new Set([0, 1, ...eventEnds(stream).flatMap((end) => AROUND.map((by) => end + by))])
  return [...places]
    .filter((at) => at <= stream.bytes.length)
    .flatMap((at, turn) =>
      ENDINGS.filter((_, index) => IS_FULL_SIZE || index === turn % 2).map((ending) => ({ stream, at, ending })),
    )
}

describe.each(Object.keys(PATHS) as ProtocolName[])('for %s', (protocol) => {
  test.each([...new Set(STREAMS.map(({ dialect }) => dialect))])(
    'F4 streams of %s, cut around the end of every event, end once and are charged once',
    async (dialect) => {
      const key = await gateway.createKey({ rate_limit_rpm: 0 })
      const cuts = STREAMS.filter((stream) => stream.dialect === dialect).flatMap(cutsOf)
      const ids: string[] = []
      await forEach(cuts, async (cut) => {
        const { id, problem } = await askFor(protocol, key, cut)
        if (problem !== undefined) throw new Error(`${cut.stream.name}, ${cut.ending} after ${cut.at}: ${problem}`)
        ids.push(id)
      })
      expect(new Set(ids).size).toBe(cuts.length)
      let sum = 0n
      await forEach(ids, async (id) => {
        const generation = await readData(gateway, `/api/v1/generation?id=${id}`, key)
        sum += nano(generation['total_cost'])
      })
      expect(sum).toBeGreaterThan(0n)
      expect(nano((await readData(gateway, '/api/v1/key', key))['usage'])).toBe(sum)
    },
  )
})
