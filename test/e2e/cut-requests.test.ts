import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { CORPUS_KINDS, type CorpusKind, personalDataCorpus } from '../fixtures/personal-data-corpus.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { oneProvider } from './provider-config.ts'
import { exchange, rawChat } from './raw-http.ts'

/*
 * G2: what filters redact is redacted however the network cuts it. Filters look at requests alone, as the wire has it, so that
 * answers stream through them untouched, in whatever pieces they come.
 */

const IS_FULL_SIZE = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const TEXTS_PER_KIND = IS_FULL_SIZE ? 20 : 1
const AT_A_TIME = 8
const SEED = 7
/** Credentials are found by the scanner of leaked keys, and by no filter. */
const FILTERS = CORPUS_KINDS.filter((kind) => kind !== 'credential' && kind !== 'iban')

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
  const slug = 'redacted'
  const { body } = await gateway.call('POST', '/api/v1/workspaces', { body: { name: slug, slug } })
  const { id, default_guardrail_id: guardrail } = (body as { data: { id: string; default_guardrail_id: string } }).data
  const content_filter_builtins = FILTERS.map((name) => ({ slug: name, action: 'redact' }))
  const { status } = await gateway.call('PATCH', `/api/v1/guardrails/${guardrail}`, {
    body: { content_filter_builtins },
  })
  expect(status).toBe(200)
  key = await gateway.createKey({ workspace_id: id, rate_limit_rpm: 0 })
})
beforeEach(() => upstream.reset())
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

/** Texts that hold something of the kind, and what that is. */
function examplesOf(kind: CorpusKind): { text: string; secret: string }[] {
  return personalDataCorpus(SEED)
    .filter(({ holds }) => holds?.kind === kind)
    .slice(0, TEXTS_PER_KIND)
    .map(({ text, holds }) => ({ text, secret: text.slice(holds?.start, holds?.end) }))
}

/** Where each byte of the secret begins in the request, and where it ends. */
function splitsOf(raw: Buffer, secret: string): number[] {
  const inJson = Buffer.from(JSON.stringify(secret).slice(1, -1))
  const splits: number[] = []
  for (let from = raw.indexOf(inJson); from >= 0; from = raw.indexOf(inJson, from + inJson.length)) {
    for (let at = from; at <= from + inJson.length; at += 1) splits.push(at)
  }
  return splits
}

/** In pieces that don't reach the gateway together. */
async function sendCut(raw: Buffer, at: number): Promise<number> {
  const pieces = [raw.subarray(0, at), raw.subarray(at)]
  return (await exchange(gateway, pieces, { gapMs: 20 })).status
}

/** The messages that reach the provider. */
async function sentWhen(raw: Buffer, splits: readonly number[]): Promise<Set<string>> {
  upstream.reset()
  const queue = splits.values()
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const at of queue) expect(await sendCut(raw, at)).toBe(200)
    }),
  )
  expect(upstream.requests).toHaveLength(splits.length)
  return new Set(upstream.requests.map(({ body }) => JSON.stringify((body as { messages: unknown }).messages)))
}

test.each(FILTERS)(
  'G2 %s is redacted wherever its request is cut, in texts and arguments of tools, streaming or not',
  async (kind) => {
    let missed = 0
    for (const { secret, text } of examplesOf(kind)) {
      const call = { id: 'c1', type: 'function', function: { name: 'note', arguments: JSON.stringify({ text }) } }
      const messages = [
        { role: 'user', content: text },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text }] },
      ]
      for (const stream of [false, true]) {
        const raw = Buffer.from(rawChat(key, { body: JSON.stringify({ model: 'alpha/small', stream, messages }) }))
        const whole = await sentWhen(raw, [0])
        // However it is cut, the same goes on.
        expect(await sentWhen(raw, splitsOf(raw, secret))).toEqual(whole)
        if ([...whole].some((sent) => sent.includes(JSON.stringify(secret).slice(1, -1)))) missed += 1
      }
    }
    // How many are found at all is G1's affair.
    expect(missed).toBeLessThanOrEqual(Math.floor((2 * TEXTS_PER_KIND) / 10))
  },
)

test('G2 answers go through in whatever pieces they come, because no filter reads them', async () => {
  const [example] = examplesOf('email')
  if (example === undefined) throw new Error('the corpus has e-mail addresses')
  for (let at = 1; at < example.secret.length; at += 1) {
    const deltas = [example.secret.slice(0, at), example.secret.slice(at)].map((content) => ({ content }))
    upstream.forModel('', { deltas })
    const raw = rawChat(key, {
      body: JSON.stringify({ model: 'alpha/small', stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
    })
    const { text } = await exchange(gateway, raw)
    const said = [...text.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(
      ([, piece = '""']) => JSON.parse(piece) as string,
    )
    expect(Buffer.from(said.join(''), 'latin1').toString()).toBe(example.secret)
  }
})
