import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat, idOf, readData } from './chat-client.ts'
import { twoProviders } from './provider-config.ts'

const WAIT = { timeout: 10_000, interval: 50 }
const JSON_FORMAT = { response_format: { type: 'json_object' } }
const HEALING = { plugins: [{ id: 'response-healing' }] }
/** Otherwise either may be the first. */
const FIRST = { provider: { order: ['alpha', 'beta'] } }
const BROKEN = 'Here you are:\n```json\n{name: "Ada", "tags": ["a", "b",]}\n```'
const HEALED = '{"name":"Ada","tags":["a","b"]}'

let first: ScriptedUpstream
let second: ScriptedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  first = await startScriptedUpstream()
  second = await startScriptedUpstream()
  const config = twoProviders(first.baseUrl, second.baseUrl) as { providers: { models: object[] }[] }
  const [alpha] = config.providers
  const pricing = { prompt: '0.000001', completion: '0.000002' }
  alpha?.models.push({ id: 'alpha/tiny', context_length: 2_048, pricing })
  const speaker = { slug: 'native', name: 'Native', dialect: 'openai-responses', base_url: first.baseUrl, api_key: 'k' }
  const small = { id: 'native/small', context_length: 128_000, pricing }
  gateway = await startGateway({ config: { providers: [...config.providers, { ...speaker, models: [small] }] } })
  key = await gateway.createKey()
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await first?.close()
  await second?.close()
})
beforeEach(() => {
  first.reset()
  second.reset()
})

const call = async <T>(method: string, path: string, body: unknown): Promise<T> => {
  const answer = await gateway.call(method, path, { body })
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body as T
}

async function ask(fields: Record<string, unknown>, secret = key): Promise<ChatAnswer & { pipeline: unknown }> {
  const response = await fetch(`${gateway.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      'x-openrouter-metadata': 'enabled',
    },
    body: JSON.stringify({ model: 'alpha/small', messages: [{ role: 'user', content: 'hi' }], ...FIRST, ...fields }),
  })
  const json = (await response.json()) as Record<string, unknown>
  const pipeline = (json['openrouter_metadata'] as { pipeline?: unknown } | undefined)?.pipeline
  return {
    status: response.status,
    headers: response.headers,
    json,
    events: [],
    isDone: false,
    otherLines: [],
    pipeline,
  }
}

function contentOf({ json }: ChatAnswer): unknown {
  const [choice] = (json?.['choices'] ?? []) as { message: { content: unknown } }[]
  return choice?.message.content
}

let places = 0
async function newPlace(settings: object): Promise<{ id: string; key: string }> {
  const slug = `plugins-${++places}`
  const { data } = await call<{ data: { id: string } }>('POST', '/api/v1/workspaces', { name: slug, slug, ...settings })
  return { id: data.id, key: await gateway.createKey({ workspace_id: data.id }) }
}

describe('response healing', () => {
  test('makes JSON of what was to be JSON, and says so', async () => {
    first.script({ message: { content: BROKEN } })
    const answer = await ask({ ...JSON_FORMAT, ...HEALING })
    expect(contentOf(answer)).toBe(HEALED)
    expect(answer.pipeline).toEqual([
      {
        type: 'response_healing',
        name: 'response-healing',
        summary: expect.stringContaining('extracted, commas, keys'),
        data: { healed: true, repairs: ['extracted', 'commas', 'keys'] },
      },
    ])
    expect(JSON.stringify(first.requests.at(-1)?.body)).not.toContain('plugins')
  })

  test.each([
    ['not asked for', JSON_FORMAT],
    ['turned off', { ...JSON_FORMAT, plugins: [{ id: 'response-healing', enabled: false }] }],
    ['no JSON was wanted', HEALING],
    ['no JSON was wanted, by name', { ...HEALING, response_format: { type: 'text' } }],
  ])('%s: the answer is as it came', async (_name, fields) => {
    first.script({ message: { content: BROKEN } })
    const answer = await ask(fields)
    expect([contentOf(answer), answer.pipeline]).toEqual([BROKEN, undefined])
  })

  test.each([
    ['one that is JSON', '{"a":1}', 'stop'],
    ['one that can not be healed', 'I would rather not.', 'stop'],
    ['one that was cut off', '{"a":[1,', 'length'],
  ])('leaves %s as it came', async (_name, content, finishReason) => {
    first.script({ message: { content }, finishReason })
    const answer = await ask({ ...JSON_FORMAT, ...HEALING })
    expect([contentOf(answer), answer.pipeline]).toEqual([content, undefined])
  })

  test('works on responses too, also of a provider that speaks that format', async () => {
    const heal = async (model: string) => {
      const response = await fetch(`${gateway.url}/api/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, input: 'hi', text: { format: { type: 'json_object' } }, ...FIRST, ...HEALING }),
      })
      return ((await response.json()) as { output: { content: { text: string }[] }[] }).output[0]?.content[0]?.text
    }
    for (const model of ['alpha/small', 'native/small']) {
      first.script({ text: BROKEN })
      expect(await heal(model)).toBe(HEALED)
    }
    expect(first.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/responses'])
  })

  test('what is kept of the answer is what was answered', async () => {
    const place = await newPlace({ is_observability_io_logging_enabled: true })
    first.script({ message: { content: BROKEN } })
    const id = idOf(await ask({ ...JSON_FORMAT, ...HEALING }, place.key))
    await expect
      .poll(async () => (await gateway.call('GET', `/api/v1/generation/content?id=${id}`)).status, WAIT)
      .toBe(200)
    expect(await readData(gateway, `/api/v1/generation/content?id=${id}`)).toMatchObject({
      output: { completion: HEALED },
    })
  })
})

describe('what a workspace says of plugins', () => {
  const healing = (fields: object) => [{ id: 'response-healing', enabled: true, ...fields }]
  const OFF = { plugins: [{ id: 'response-healing', enabled: false }] }

  test.each([
    ['is what a request gets that says nothing', {}, {}, HEALED],
    ['gives way to what a request says', {}, OFF, BROKEN],
    ['holds all the same where that is prevented', { prevent_overrides: true }, OFF, HEALED],
    ['turns off for all', { enabled: false, prevent_overrides: true }, HEALING, BROKEN],
  ])('%s', async (_name, setting, fields, expected) => {
    const place = await newPlace({ plugin_defaults: healing(setting) })
    first.script({ message: { content: BROKEN } })
    expect(contentOf(await ask({ ...JSON_FORMAT, ...fields }, place.key))).toBe(expected)
  })

  test('is felt at once when it changes', async () => {
    const place = await newPlace({})
    await call('PATCH', `/api/v1/workspaces/${place.id}`, { plugin_defaults: healing({}) })
    first.script({ message: { content: BROKEN } })
    expect(contentOf(await ask(JSON_FORMAT, place.key))).toBe(HEALED)
  })
})

describe('context compression', () => {
  const long = Array.from({ length: 10 }, (_, at) => ({ role: 'user', content: `${at} `.padEnd(1_500, 'x') }))
  const sent = () => (first.requests.at(-1)?.body as { messages: { content: string }[] } | undefined)?.messages ?? []

  test.each([
    ['a small context', {}],
    ['the plugin', { plugins: [{ id: 'context-compression', engine: 'middle-out' }] }],
    ['its older form', { transforms: ['middle-out'] }],
  ])('by %s, the middle is left out of what is too long', async (_name, fields) => {
    const answer = await ask({ model: 'alpha/tiny', messages: long, ...fields })
    expect(answer.status).toBe(200)
    expect(sent().length).toBeLessThan(long.length)
    expect(sent().at(0)?.content.slice(0, 1_00)).toBe(long.at(0)?.content.slice(0, 1_00))
    expect(sent().at(-1)).toEqual(long.at(-1))
    expect(answer.pipeline).toEqual([
      expect.objectContaining({ type: 'context_compression', name: 'context-compression' }),
    ])
  })

  test('a suffix of the model makes no difference', async () => {
    await ask({ model: 'alpha/tiny:floor', messages: long })
    expect(sent().length).toBeLessThan(long.length)
  })

  test.each([
    ['turned off', { plugins: [{ id: 'context-compression', enabled: false }] }],
    ['turned off by its older form', { transforms: [] }],
  ])('%s: all is sent', async (_name, fields) => {
    expect((await ask({ model: 'alpha/tiny', messages: long, ...fields })).pipeline).toBeUndefined()
    expect(sent()).toEqual(long)
  })

  test('what fits is sent as it is', async () => {
    await ask({ model: 'alpha/tiny', messages: long.slice(0, 2) })
    expect(sent()).toEqual(long.slice(0, 2))
  })

  test('a large body is shortened too', async () => {
    const large = long.map(({ role, content }) => ({ role, content: content.padEnd(300_000, 'y') }))
    const answer = await ask({ model: 'alpha/tiny', messages: large })
    expect(answer.status).toBe(200)
    expect(first.requests.at(-1)?.bodyText.length).toBeLessThan(2_048 * 4)
    expect(sent().at(-1)?.content).toContain('[…]')
  })
})

describe('echo of the upstream body', () => {
  const DEBUG = { ...FIRST, stream: true, debug: { echo_upstream_body: true } }

  test('is the first chunk of a stream, without choices', async () => {
    const { events, isDone } = await chat(gateway, key, { ...DEBUG, max_tokens: 7, user: 'jane' })
    const echo = events[0] as { choices: unknown[]; debug: { echo_upstream_body: Record<string, unknown> } }
    expect(echo.choices).toEqual([])
    expect(echo.debug.echo_upstream_body).toEqual(first.requests.at(-1)?.body)
    expect(echo.debug.echo_upstream_body).toMatchObject({ max_tokens: 7 })
    expect(JSON.stringify(echo)).not.toMatch(/jane|secret-of/)
    expect([events.filter((event) => 'debug' in event).length, isDone]).toEqual([1, true])
  })

  test('comes once for each provider that was asked', async () => {
    first.script({ status: 500 })
    const { events } = await chat(gateway, key, DEBUG)
    expect(events.slice(0, 3).map((event) => 'debug' in event)).toEqual([true, true, false])
    expect([first.requests.length, second.requests.length]).toEqual([1, 1])
  })

  test('is numbered with the other events of a response', async () => {
    first.script({ status: 500 })
    const response = await fetch(`${gateway.url}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'alpha/small', input: 'hi', ...DEBUG }),
    })
    const data = (await response.text()).split('\n').filter((line) => line.startsWith('data: {'))
    const events = data.map((line) => JSON.parse(line.slice('data: '.length)))
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['response.debug', 'response.debug', 'response.created'])
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()])
    expect(events[1].debug.echo_upstream_body).toEqual(second.requests.at(-1)?.body)
  })

  test('an error before the first byte stays an error', async () => {
    first.script({ status: 400 })
    expect(await chat(gateway, key, DEBUG)).toMatchObject({ status: 400, events: [] })
  })

  test.each([
    ['of a plain answer', { ...FIRST, debug: { echo_upstream_body: true } }],
    ['that is not asked for', { stream: true, debug: { echo_upstream_body: false } }],
  ])('there is none %s', async (_name, fields) => {
    const { json, events } = await chat(gateway, key, fields)
    expect(JSON.stringify(json ?? events)).not.toContain('echo_upstream_body')
  })
})

describe('refused with the field that is wrong', () => {
  test.each([
    ['an unknown plugin', { plugins: [{ id: 'telepathy' }] }, 'plugins.0'],
    ['an unknown option', { plugins: [{ id: 'response-healing', speed: 1 }] }, 'plugins.0'],
    ['a plugin without id', { plugins: [{ enabled: true }] }, 'plugins.0.id'],
    ['no list', { plugins: { id: 'response-healing' } }, 'plugins'],
    ['a plugin named twice', { plugins: [{ id: 'response-healing' }, { id: 'response-healing' }] }, 'plugins.1'],
    ['web search', { plugins: [{ id: 'web', max_results: 3 }] }, 'the plugin web is not offered'],
    [
      'parsing of files',
      { plugins: [{ id: 'file-parser', pdf: { engine: 'native' } }] },
      'the plugin file-parser is not offered',
    ],
    ['an unknown transform', { transforms: ['inside-out'] }, 'transforms.0'],
    ['an unknown way of finding faults', { debug: { echo: true } }, 'debug'],
  ])('%s', async (_name, fields, message) => {
    const { status, json } = await ask(fields)
    expect(status).toBe(400)
    expect(json?.['error']).toMatchObject({ message: expect.stringContaining(message) })
    expect(first.requests.length).toBe(0)
  })

  test('what is not offered may be turned off', async () => {
    expect((await ask({ plugins: [{ id: 'web', enabled: false }] })).status).toBe(200)
  })
})
