import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newSecretKey } from '../../src/platform/secret-key.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, nano, readData } from './chat-client.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
})
afterEach(async () => {
  upstream.reset()
  await gateway?.stop()
})
afterAll(() => upstream.close())

/** A gate that stays shut until `open` is called. */
function newGate(): { gate: Promise<void>; open: () => void } {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  return { gate, open }
}

async function statusWith(key: string): Promise<number> {
  return (await gateway.call('GET', '/api/v1/workspaces', { key })).status
}

describe('the key of SWITCHYARD_MANAGEMENT_KEY', () => {
  test('works while the variable is set, and not a moment longer', async () => {
    gateway = await startGateway()
    const { managementKey } = gateway
    const inferenceKey = await gateway.createKey()
    expect(await statusWith(managementKey)).toBe(200)
    await gateway.restart({ SWITCHYARD_MANAGEMENT_KEY: '' })
    expect(await statusWith(managementKey)).toBe(401)
    expect((await gateway.call('GET', '/api/v1/key', { key: inferenceKey })).status).toBe(200)
    await gateway.restart({ SWITCHYARD_MANAGEMENT_KEY: managementKey })
    expect(await statusWith(managementKey)).toBe(200)
  })

  test('is replaced by another one: the old one ends, and there is still one row', async () => {
    gateway = await startGateway()
    const next = newSecretKey()
    await gateway.restart({ SWITCHYARD_MANAGEMENT_KEY: next })
    expect([await statusWith(gateway.managementKey), await statusWith(next)]).toEqual([401, 200])
    const listed = await gateway.call('GET', '/api/v1/keys?type=management&include_disabled=true', { key: next })
    expect(listed.body).toMatchObject({ data: [{ name: 'bootstrap' }] })
    expect((listed.body as { data: unknown[] }).data).toHaveLength(1)
  })

  test('may not be the secret of another key', async () => {
    gateway = await startGateway()
    const other = await gateway.createKey({ name: 'the other' })
    await expect(gateway.restart({ SWITCHYARD_MANAGEMENT_KEY: other })).rejects.toThrow('server ended with 1')
    expect(gateway.stderr.join('\n')).toContain('the other')
    expect(gateway.stderr.join('\n')).not.toContain(other)
  })
})

describe('the set-up URL', () => {
  const EMAIL = 'admin@example.test'

  function printedUrls(): URL[] {
    return [...gateway.stdout.join('\n').matchAll(/http:\/\/[^"\s]+\/setup\?token=[\w-]+/g)].map(
      ([url]) => new URL(url),
    )
  }

  /** Serving begins just before the URL is printed. */
  async function waitForUrls(count: number): Promise<URL[]> {
    await expect.poll(() => printedUrls().length, { timeout: 10_000 }).toBe(count)
    return printedUrls()
  }

  test('is printed by a start without any key, opens once, and no later start prints another', async () => {
    gateway = await startGateway({ firstStart: true, env: { SWITCHYARD_MANAGEMENT_KEY: '', SWITCHYARD_SIM: 'on' } })
    const [url] = await waitForUrls(1)
    if (!url) throw new Error('no set-up URL')
    expect(url.origin).toBe(gateway.url)
    const page = await gateway.call('GET', url.pathname + url.search, { key: null })
    expect([page.status, String(page.body)]).toEqual([200, expect.stringMatching(/<form[^>]*method="post"/i)])
    const body = { token: url.searchParams.get('token'), email: EMAIL }
    const made = await gateway.call('POST', '/setup', { key: null, body })
    expect(made.status).toBe(201)
    const { data } = made.body as { data: { management_key: string; inference_key: string } }
    expect(await statusWith(data.management_key)).toBe(200)
    const answer = await chat(gateway, data.inference_key, { model: 'sim/echo' })
    expect(answer.json).toMatchObject({ choices: [{ message: { content: 'Hello out there' } }] })
    expect((await gateway.call('POST', '/setup', { key: null, body })).status).toBe(403)
    await gateway.restart()
    expect((await gateway.call('POST', '/setup', { key: null, body })).status).toBe(403)
    expect(await statusWith(data.management_key)).toBe(200)
    await gateway.stop({ keepData: true })
    expect(printedUrls()).toHaveLength(1)
  })

  test('of an earlier start ends when a later one prints its own', async () => {
    gateway = await startGateway()
    await waitForUrls(1)
    await gateway.restart()
    const tokens = (await waitForUrls(2)).map((url) => url.searchParams.get('token'))
    expect(new Set(tokens).size).toBe(2)
    const statuses: number[] = []
    for (const token of tokens) {
      statuses.push((await gateway.call('POST', '/setup', { key: null, body: { token, email: EMAIL } })).status)
    }
    expect(statuses).toEqual([403, 201])
  })
})

describe('a stop by SIGTERM', () => {
  test('lets running answers end whole and charged, takes no new ones, and exits with 0', async () => {
    gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
    const [key, otherKey] = [await gateway.createKey(), await gateway.createKey()]
    const { gate: midGate, open } = newGate()
    upstream.forModel('flat', { midGate, gate: midGate })
    const running = [true, false].map((stream) => chat(gateway, key, { model: 'alpha/flat', stream }))
    await upstream.waitUntil('both have begun', () => upstream.openRequestCount() === 2)
    gateway.signal('SIGTERM')
    await expect.poll(() => chat(gateway, otherKey).catch((error: TypeError) => error.message)).toBe('fetch failed')
    expect(gateway.exit()).toBeUndefined()
    open()
    const answers = await Promise.all(running)
    expect(answers.map(({ status, isDone, json }) => [status, isDone || json !== undefined])).toEqual([
      [200, true],
      [200, true],
    ])
    await expect.poll(() => gateway.exit(), { timeout: 20_000 }).toBe(0)
    await gateway.restart()
    for (const answer of answers) {
      const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`, key)
      expect(generation).toMatchObject({ usage: FLAT_PRICE_USD, cancelled: false })
    }
    expect(nano((await readData(gateway, '/api/v1/key', key))['usage'])).toBe(2n * nano(FLAT_PRICE_USD))
  })

  test('waits no longer than SWITCHYARD_DRAIN_SECONDS, and an answer that it breaks off is charged all the same', async () => {
    gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env: { SWITCHYARD_DRAIN_SECONDS: '1' } })
    const key = await gateway.createKey()
    const { gate: midGate, open } = newGate()
    upstream.forModel('flat', { midGate })
    const running = chat(gateway, key, { model: 'alpha/flat', stream: true }).catch(() => undefined)
    await upstream.waitUntil('it has begun', () => upstream.openRequestCount() === 1)
    gateway.signal('SIGTERM')
    await expect.poll(() => gateway.exit(), { timeout: 30_000 }).toBe(0)
    expect((await running)?.isDone ?? false).toBe(false)
    open()
    await gateway.restart()
    expect(nano((await readData(gateway, '/api/v1/key', key))['usage'])).toBe(nano(FLAT_PRICE_USD))
  })

  test('of an idle process with open connections exits with 0 too', async () => {
    gateway = await startGateway()
    await Promise.all(Array.from({ length: 20 }, () => gateway.call('GET', '/api/v1/workspaces')))
    expect(await gateway.stop()).toBe(0)
  })
})

describe('the provider file', () => {
  const models = async () => {
    const { body } = await gateway.call('GET', '/api/v1/models')
    return (body as { data: { id: string }[] }).data.map(({ id }) => id).filter((id) => id.startsWith('alpha/'))
  }
  const priced = (request: string) => {
    const config = oneProvider(upstream.baseUrl) as { providers: { models: { id: string; pricing: object }[] }[] }
    const flat = config.providers[0]?.models.find(({ id }) => id === 'alpha/flat')
    if (flat) flat.pricing = { prompt: '0', completion: '0', request }
    return config
  }
  const costOf = async (key: string) => {
    const { json } = await chat(gateway, key, { model: 'alpha/flat' })
    return (json as { usage: { cost: number } } | undefined)?.usage.cost
  }

  test.each([
    ['by itself', undefined],
    ['on SIGHUP', 'SIGHUP'],
  ] as const)('is taken over %s when it changes, without a break', async (_name, signal) => {
    gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
    const key = await gateway.createKey()
    const { gate: midGate, open } = newGate()
    upstream.forModel('flat', { midGate })
    const running = chat(gateway, key, { model: 'alpha/flat', stream: true })
    await upstream.waitUntil('it has begun', () => upstream.openRequestCount() === 1)
    upstream.forModel('flat', {})
    await gateway.writeConfig(priced('0.5'))
    if (signal) gateway.signal(signal)
    await expect.poll(() => costOf(key), { timeout: 20_000 }).toBe(0.5)
    open()
    const answer = await running
    const usage = answer.events.findLast((event) => 'usage' in event)?.['usage']
    expect([answer.isDone, usage]).toMatchObject([true, { cost: FLAT_PRICE_USD }])
  })

  test.each([
    ['is no YAML', 'providers: ['],
    ['has a fault in one of its providers', 'providers:\n  - slug: alpha\n    colour: blue\n'],
  ])('that %s is told with its faults and changes nothing; the next good one is taken', async (_name, text) => {
    gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
    const key = await gateway.createKey()
    const before = await models()
    expect(before.length).toBeGreaterThan(0)
    await gateway.writeConfig(text)
    await expect
      .poll(() => gateway.stdout.some((line) => line.includes('catalogue_rejected')), { timeout: 20_000 })
      .toBe(true)
    expect(await models()).toEqual(before)
    expect((await chat(gateway, key)).status).toBe(200)
    await gateway.writeConfig(priced('0.25'))
    await expect.poll(() => costOf(key), { timeout: 20_000 }).toBe(0.25)
    expect(gateway.exit()).toBeUndefined()
  })

  test('that drops a model ends it at once for new requests', async () => {
    gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
    const key = await gateway.createKey()
    const config = oneProvider(upstream.baseUrl) as { providers: { models: { id: string }[] }[] }
    for (const provider of config.providers) provider.models = provider.models.filter(({ id }) => id !== 'alpha/flat')
    await gateway.writeConfig(config)
    await expect
      .poll(async () => (await chat(gateway, key, { model: 'alpha/flat' })).status, { timeout: 20_000 })
      .toBe(400)
    expect((await chat(gateway, key)).status).toBe(200)
  })
})
