import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { relayStream } from '../../../test/harness/relayed-stream.ts'
import { PROTOCOLS } from '../../dialects/protocols.ts'
import type { Trial } from '../../domain/endpoint-trials.ts'
import type { Upstream, UpstreamReceiver } from '../ports.ts'

/** A provider that does what the test says, and notes what it is told. */
class HandUpstream implements Upstream {
  readonly receivers: UpstreamReceiver[] = []
  readonly told: string[] = []

  send(_request: unknown, receiver: UpstreamReceiver) {
    const at = this.receivers.push(receiver)
    const note = (what: string) => () => void this.told.push(`${what} ${at}`)
    return { pause: note('pause'), resume: note('resume'), abort: note('abort') }
  }

  get last(): UpstreamReceiver {
    const receiver = this.receivers.at(-1)
    if (receiver === undefined) throw new Error('nothing was sent')
    return receiver
  }

  begin(): void {
    this.last.onHeaders(200, { 'content-type': 'text/event-stream' })
  }

  say(content: string, finishReason: string | null = null): void {
    this.last.onData(
      Buffer.from(
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finishReason }] })}\n\n`,
      ),
    )
  }
}

function relayBy(upstream: Upstream, more: { endpointCount?: number; settings?: object; trial?: Trial } = {}) {
  return relayStream({ protocol: PROTOCOLS.chat, dialect: 'openai-chat', upstream, ...more })
}

test('F6 a caller who takes no more stops the provider until there is room', async () => {
  const upstream = new HandUpstream()
  const { ended, response } = relayBy(upstream)
  upstream.begin()
  upstream.say('one')
  response.takesMore = false
  upstream.say(' two')
  expect(upstream.told).toEqual(['pause 1'])
  response.takesMore = true
  response.emit('drain')
  expect(upstream.told).toEqual(['pause 1', 'resume 1'])
  upstream.say('', 'stop')
  upstream.last.onEnd()
  await ended
  expect(response.text).toContain('[DONE]')
})

test('F5 a caller who leaves closes the provider at once and is charged once', async () => {
  const upstream = new HandUpstream()
  const { charges, ended, records, response } = relayBy(upstream)
  upstream.begin()
  upstream.say('one')
  response.leave()
  upstream.say(' two')
  await ended
  expect([upstream.told, charges.length, records.length]).toEqual([['abort 1'], 1, 1])
  expect(response.text).not.toContain('two')
})

test('a stream that shows no content in time is given up for the next endpoint, whatever else it sends', async () => {
  const upstream = new HandUpstream()
  const { ended, response } = relayBy(upstream, { endpointCount: 2, settings: { upstreamContentTimeoutMs: 20 } })
  upstream.begin()
  upstream.last.onData(Buffer.from(': still thinking\n\n'))
  while (upstream.receivers.length < 2) await sleep(5)
  expect(upstream.told).toEqual(['abort 1'])
  upstream.begin()
  upstream.say('one', 'stop')
  upstream.last.onEnd()
  await ended
  expect(response.text).toContain('"provider":"P1"')
  expect(response.text).toContain('[DONE]')
})

test('a connection that breaks after the answer has said how it ended takes nothing from it', async () => {
  const upstream = new HandUpstream()
  const { charges, ended, response } = relayBy(upstream, { endpointCount: 2 })
  upstream.begin()
  upstream.say('one', 'stop')
  upstream.last.onFailure({ kind: 'reset', message: 'gone' })
  expect(await ended).toBeUndefined()
  expect([response.text.includes('[DONE]'), charges.length, upstream.receivers.length]).toEqual([true, 1, 1])
})

test('nothing of an attempt that shows no content is seen of the next', async () => {
  const upstream = new HandUpstream()
  const { ended, response } = relayBy(upstream, { endpointCount: 2 })
  upstream.begin()
  upstream.say('')
  upstream.last.onFailure({ kind: 'reset', message: 'gone' })
  upstream.begin()
  upstream.say('one', 'stop')
  upstream.last.onEnd()
  await ended
  expect(response.text).not.toContain('"provider":"P0"')
})

test('F6 an answer that ends while its caller takes no more leaves its connection free', async () => {
  const upstream = new HandUpstream()
  const { ended, response } = relayBy(upstream)
  upstream.begin()
  response.takesMore = false
  const last = { choices: [{ index: 0, delta: { content: 'one' }, finish_reason: 'stop' }] }
  upstream.last.onData(Buffer.from(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`))
  await ended
  expect(upstream.told).toEqual(['pause 1', 'resume 1'])
})

test('a provider that goes on behind the end of its answer is left', async () => {
  const upstream = new HandUpstream()
  const { ended, response } = relayBy(upstream)
  upstream.begin()
  upstream.say('one', 'stop')
  upstream.last.onData(Buffer.from('data: [DONE]\n\n'))
  await ended
  upstream.last.onData(Buffer.alloc(65_536, 10))
  expect(upstream.told).toEqual([])
  upstream.last.onData(Buffer.alloc(1, 10))
  expect([upstream.told, response.ends]).toEqual([['abort 1'], 1])
})

test('a provider that sends everything but content is given up for the next, and not kept in memory', async () => {
  const upstream = new HandUpstream()
  const { ended, response } = relayBy(upstream, { endpointCount: 2 })
  upstream.begin()
  const nothing = { choices: [{ index: 0, delta: { padding: 'x'.repeat(300_000) } }] }
  for (let count = 0; count < 4; count += 1) upstream.last.onData(Buffer.from(`data: ${JSON.stringify(nothing)}\n\n`))
  expect([upstream.told, upstream.receivers.length]).toEqual([['abort 1'], 2])
  upstream.begin()
  upstream.say('one', 'stop')
  upstream.last.onEnd()
  await ended
  expect(response.text).not.toContain('padding')
})

test('a letter that is cut in a refusal is whole in what the caller reads', async () => {
  const upstream = new HandUpstream()
  const { ended } = relayBy(upstream)
  const body = Buffer.from(JSON.stringify({ error: { message: 'Gr\u00f6\u00dfe \u{1f600}' } }))
  upstream.last.onHeaders(400, { 'content-type': 'application/json' })
  for (const byte of body) upstream.last.onData(Buffer.of(byte))
  upstream.last.onEnd()
  expect(await ended).toMatchObject({ message: 'Gr\u00f6\u00dfe \u{1f600}' })
})

test.each([
  [
    'sends',
    (upstream: HandUpstream) => {
      upstream.send = () => {
        throw new TypeError('a bug')
      }
    },
  ],
  [
    'reads',
    (upstream: HandUpstream) => {
      upstream.begin = () => upstream.last.onData(undefined as unknown as Buffer)
    },
  ],
])('a bug of ours, in what %s, ends the request: nothing is charged, and nothing stays held', async (_name, spoil) => {
  const upstream = new HandUpstream()
  spoil(upstream)
  const { charges, ended, records, response } = relayBy(upstream)
  if (upstream.receivers.length > 0) upstream.begin()
  expect(await ended).toMatchObject({ code: 'invalid_request' })
  expect([charges, records.length, response.writes]).toEqual([[0n], 1, 0])
})

describe('what speaks against an endpoint', () => {
  async function heardOf(act: (upstream: HandUpstream, leave: () => void) => void | Promise<void>): Promise<string[]> {
    const heard: string[] = []
    const note = (what: string) => () => void heard.push(what)
    const trial: Trial = {
      hasContent() {},
      succeeded: note('success'),
      undecided: note('nothing'),
      failed: ({ isRateLimit, restMs }) => void heard.push(`fault ${isRateLimit} ${restMs}`),
    }
    const upstream = new HandUpstream()
    const { ended, response } = relayBy(upstream, { settings: { requestDeadlineMs: 20 }, trial })
    await act(upstream, () => response.leave())
    await ended
    return heard
  }
  const refuse = (upstream: HandUpstream, status: number, headers: Record<string, string> = {}) => {
    upstream.last.onHeaders(status, { 'content-type': 'application/json', ...headers })
    upstream.last.onEnd()
  }

  test.each([400, 401, 402, 403, 404, 409, 413, 422])('a refusal with %d does not', async (status) => {
    expect(await heardOf((upstream) => refuse(upstream, status))).toEqual(['nothing'])
  })

  test.each([408, 500, 502, 503, 504, 524, 529])('a refusal with %d does', async (status) => {
    expect(await heardOf((upstream) => refuse(upstream, status))).toEqual(['fault false null'])
  })

  test('a refusal for a rate does, as such and for as long as it says', async () => {
    expect(await heardOf((upstream) => refuse(upstream, 429))).toEqual(['fault true null'])
    const hinted = await heardOf((upstream) => refuse(upstream, 429, { 'retry-after': '7' }))
    expect(hinted).toEqual(['fault true 7000'])
  })

  test.each([
    ['error', 'fault false null'],
    ['insufficient_system_resource', 'fault false null'],
    ['stop', 'success'],
    ['length', 'success'],
    ['content_filter', 'success'],
  ])('of an answer that ends with %s it hears: %s', async (reason, expected) => {
    const heard = await heardOf((upstream) => {
      upstream.begin()
      upstream.say('one', reason)
      upstream.last.onEnd()
    })
    expect(heard).toEqual([expected])
  })

  test("a long answer that comes to the gateway's own bound doesn't; silence until then does", async () => {
    const long = await heardOf((upstream) => {
      upstream.begin()
      upstream.say('one')
    })
    expect([long, await heardOf((upstream) => upstream.begin())]).toEqual([['nothing'], ['fault false null']])
  })

  test('a caller who leaves, a bug of ours and an address that may not be connected to do not', async () => {
    const left = await heardOf((_upstream, leave) => leave())
    const spoiled = await heardOf((upstream) => upstream.last.onData(undefined as unknown as Buffer))
    const forbidden = await heardOf((upstream) => upstream.last.onFailure({ kind: 'forbidden_address', message: '' }))
    expect([left, spoiled, forbidden]).toEqual([['nothing'], ['nothing'], ['nothing']])
  })
})
