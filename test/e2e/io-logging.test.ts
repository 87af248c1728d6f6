import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, readData } from './chat-client.ts'
import { twoProviders } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

const MEBIBYTE = 1_048_576
const DAY_MS = 86_400_000
const WAIT = { timeout: 10_000, interval: 50 }

let upstream: ScriptedUpstream
let second: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  second = await startScriptedUpstream()
  const config = twoProviders(upstream.baseUrl, second.baseUrl)
  const data_policy = { training: false, retains_prompts: false }
  const providers = config.providers.map((provider) => ({ ...(provider as object), data_policy }))
  gateway = await startGateway({
    config: { providers },
    env: { LOG_LEVEL: 'trace', SWITCHYARD_SNAPSHOT_SECONDS: '5' },
  })
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
  await second?.close()
})

interface Place {
  id: string
  defaultGuardrailId: string
  key: string
  keyId: number
  keyHash: string
}

let places = 0

/** A workspace of its own with a key. */
async function newPlace(
  settings: Record<string, unknown> = { is_observability_io_logging_enabled: true },
): Promise<Place> {
  const slug = `logged-${++places}`
  const made = await call<{ data: { id: string; default_guardrail_id: string } }>('POST', '/api/v1/workspaces', {
    name: slug,
    slug,
    default_provider_sort: 'price',
    ...settings,
  })
  const { id, default_guardrail_id: defaultGuardrailId } = made.data
  return { id, defaultGuardrailId, ...(await newKey(id)) }
}

async function newKey(workspace_id: string): Promise<Pick<Place, 'key' | 'keyId' | 'keyHash'>> {
  const body = { name: 'key', workspace_id }
  const { key, data } = await call<{ key: string; data: { id: number; hash: string } }>('POST', '/api/v1/keys', body)
  return { key, keyId: data.id, keyHash: data.hash }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await gateway.call(method, path, body === undefined ? {} : { body })
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

const say = (content: string) => ({ messages: [{ role: 'user', content }] })

async function ask(key: string, fields: Record<string, unknown>): Promise<string> {
  return idOf(await chat(gateway, key, fields))
}

async function statusOf(id: string): Promise<number> {
  return (await gateway.call('GET', `/api/v1/generation/content?id=${id}`)).status
}

async function contentOf(id: string): Promise<unknown> {
  await expect.poll(() => statusOf(id), WAIT).toBe(200)
  return await readData(gateway, `/api/v1/generation/content?id=${id}`)
}

/** What is kept comes in order, so what has not come before a later one never will. */
async function expectNotKept(ids: readonly string[]): Promise<void> {
  const marker = await ask((await markers()).key, say('marker'))
  await contentOf(marker)
  expect(await Promise.all(ids.map(statusOf))).toEqual(ids.map(() => 404))
}

let marked: Promise<Place> | undefined
const markers = () => (marked ??= newPlace())

describe('what is kept', () => {
  test.each([false, true])('messages and answer, as they were (stream: %s)', async (stream) => {
    const { key } = await newPlace()
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Grüße 😀' }] },
    ]
    upstream.script({ text: 'so it is' })
    const id = await ask(key, { messages, stream })
    expect(await contentOf(id)).toEqual({
      input: { messages },
      output: { completion: 'so it is', reasoning: null },
      error: null,
    })
  })

  test('reasoning and tool calls of a stream, put together', async () => {
    const { key } = await newPlace()
    upstream.script({
      deltas: [
        { reasoning: 'let me ' },
        { reasoning: 'see' },
        { tool_calls: [{ index: 0, id: 'call-1', type: 'function', function: { name: 'look', arguments: '{"a"' } }] },
        { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
      ],
    })
    expect(await contentOf(await ask(key, { ...say('look'), stream: true }))).toMatchObject({
      output: {
        completion: null,
        reasoning: 'let me see',
        tool_calls: [{ id: 'call-1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }],
      },
    })
  })

  test('what went wrong, beside what came until then', async () => {
    const { key } = await newPlace()
    upstream.script({ fault: 'error-in-200', afterChunks: 2, text: 'one two three four' })
    const id = await ask(key, { ...say('break'), stream: true })
    expect(await contentOf(id)).toMatchObject({
      output: { completion: expect.stringContaining('one') },
      error: { message: expect.any(String), provider_name: 'ALPHA', previous_errors: [] },
    })
  })

  test('the failure of a provider before the one that answered', async () => {
    const { key } = await newPlace()
    upstream.script({ status: 503 })
    second.script({ text: 'here' })
    expect(await contentOf(await ask(key, say('fall back')))).toMatchObject({
      output: { completion: 'here' },
      error: { message: null, status: null, previous_errors: [{ code: 503, provider_name: 'ALPHA' }] },
    })
  })

  test('of texts over a mebibyte the beginning, and it says so', async () => {
    const { key } = await newPlace()
    const long = 'x'.repeat(1_500_000)
    upstream.script({ text: long })
    const answered = await contentOf(await ask(key, { ...say('short'), max_tokens: 10 }))
    expect(answered).toMatchObject({ input: say('short'), truncated: true })
    expect((answered as { output: { completion: string } }).output.completion.length).toBe(MEBIBYTE)
    const asked = await contentOf(await ask(key, say(long)))
    expect(asked).toMatchObject({ truncated: true, output: { completion: expect.any(String) } })
    expect((asked as { input: { prompt: string } }).input.prompt).toMatch(
      /^\{"messages":\[\{"role":"user","content":"x+$/,
    )
  })
})

describe('what is not kept', () => {
  test('anything, unless the workspace says so, and nothing more from when it says no', async () => {
    const quiet = await newPlace({})
    const before = await ask(quiet.key, say('before'))
    await call('PATCH', `/api/v1/workspaces/${quiet.id}`, { is_observability_io_logging_enabled: true })
    const during = await ask(quiet.key, say('during'))
    expect(await contentOf(during)).toMatchObject({ input: say('during') })
    await call('PATCH', `/api/v1/workspaces/${quiet.id}`, { is_observability_io_logging_enabled: false })
    const after = await ask(quiet.key, say('after'))
    await expectNotKept([before, after])
    expect(await statusOf(during)).toBe(200)
  })

  test('what the sampling rate leaves out', async () => {
    const { key } = await newPlace({ is_observability_io_logging_enabled: true, io_logging_sampling_rate: 0.0001 })
    const ids = await Promise.all(Array.from({ length: 10 }, () => ask(key, say('rare'))))
    await expectNotKept(ids)
  })

  test('requests of keys that are not named', async () => {
    const { id, key, keyId } = await newPlace()
    const other = await newKey(id)
    await call('PATCH', `/api/v1/workspaces/${id}`, { io_logging_api_key_ids: [keyId] })
    const named = await ask(key, say('named'))
    const unnamed = await ask(other.key, say('unnamed'))
    await contentOf(named)
    await expectNotKept([unnamed])
  })

  test('requests that demand zero data retention', async () => {
    const { key } = await newPlace()
    await expectNotKept([
      await ask(key, { ...say('mine'), provider: { zdr: true } }),
      await ask(key, { ...say('mine'), provider: { zdr: true }, stream: true }),
    ])
  })

  test('requests for which a guardrail demands it: of the workspace or of the key', async () => {
    const whole = await newPlace()
    await call('PATCH', `/api/v1/guardrails/${whole.defaultGuardrailId}`, { enforce_zdr_other: true })
    const part = await newPlace()
    const made = await call<{ data: { id: string } }>('POST', '/api/v1/guardrails', {
      name: 'zdr',
      workspace_id: part.id,
      enforce_zdr: true,
    })
    const guarded = await newKey(part.id)
    await call('POST', `/api/v1/guardrails/${made.data.id}/assignments/keys`, { key_hashes: [guarded.keyHash] })
    await expectNotKept([await ask(whole.key, say('no')), await ask(guarded.key, say('no'))])
    await contentOf(await ask(part.key, say('yes')))
    // Of another group of models it demands nothing.
    await call('PATCH', `/api/v1/guardrails/${whole.defaultGuardrailId}`, {
      enforce_zdr_other: false,
      enforce_zdr_openai: true,
    })
    await contentOf(await ask(whole.key, say('yes')))
  })
})

test('what is kept stands nowhere in clear: not in the database, the journal, the snapshots or the logs', async () => {
  const { key } = await newPlace()
  const canary = 'canary-4f1d9c'
  upstream.script({ text: `it is ${canary}` })
  const ids = [await ask(key, say(canary))]
  upstream.script({ text: `it is ${canary}` })
  ids.push(await ask(key, { ...say(canary), stream: true }))
  upstream.script({ status: 400, errorBody: { error: { message: `bad prompt: ${canary}` } } })
  ids.push(await ask(key, say(canary)))
  for (const id of ids) expect(JSON.stringify(await contentOf(id))).toContain(canary)
  const rows = await withDatabase(gateway, async ({ kysely }) => {
    const { rows: found } = await sql<{ text: string }>`SELECT t::text AS text FROM generation_content t`.execute(
      kysely,
    )
    return found.map(({ text }) => text)
  })
  expect(ids.every((id) => rows.some((row) => row.includes(id)))).toBe(true)
  const files = readdirSync(gateway.dataDir, { recursive: true })
    .map((name) => join(gateway.dataDir, String(name)))
    .filter((path) => statSync(path).isFile())
  const texts: [string, string][] = [
    ['database', rows.join('\n')],
    ['logs', [...gateway.stdout, ...gateway.stderr].filter((line) => line.includes(canary)).join('\n')],
    ...files.map((path): [string, string] => [path, readFileSync(path, 'latin1')]),
  ]
  expect(texts.filter(([, text]) => text.includes(canary)).map(([place, text]) => [place, text.slice(0, 300)])).toEqual(
    [],
  )
})

test('a kill loses content at the most, never a charge, and leaves nothing half there', async () => {
  const { key, keyHash } = await newPlace()
  const ids = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(key, say(`number ${at}`))))
  await gateway.kill9()
  await gateway.restart()
  const charged = await readData(gateway, `/api/v1/keys/${keyHash}`)
  expect(charged['usage']).toBeGreaterThan(0)
  for (const id of ids) {
    expect((await gateway.call('GET', `/api/v1/generation?id=${id}`)).status).toBe(200)
    expect([200, 404]).toContain(await statusOf(id))
  }
})

test('what was kept long enough is deleted, and what is younger stays', async () => {
  const { key } = await newPlace()
  const [old, young] = [await ask(key, say('old')), await ask(key, say('young'))]
  await contentOf(young)
  const age = async (id: string, days: number) =>
    await withDatabase(gateway, async ({ kysely }) => {
      const at = new Date(Date.now() - days * DAY_MS).toISOString()
      await sql`UPDATE generation_content SET created_at = ${at} WHERE generation_id = ${id}`.execute(kysely)
    })
  await age(young, 29)
  await age(old, 31)
  await expect.poll(() => statusOf(old), WAIT).toBe(404)
  expect(await statusOf(young)).toBe(200)
})

test('a workspace takes what was kept of it with it', async () => {
  const { id, key, keyHash } = await newPlace()
  const stays = await ask((await markers()).key, say('stays'))
  const goes = await ask(key, say('goes'))
  await contentOf(goes)
  await call('DELETE', `/api/v1/keys/${keyHash}`)
  await call('DELETE', `/api/v1/workspaces/${id}`)
  const kept = await withDatabase(gateway, async ({ kysely }) => {
    const rows = await kysely
      .selectFrom('generation_content')
      .select(['generation_id', 'workspace_id'])
      .where((where) => where.or([where('workspace_id', '=', id), where('generation_id', '=', stays)]))
      .execute()
    return rows.map(({ generation_id }) => generation_id)
  })
  expect(kept).toEqual([stays])
})
