import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

const TOKEN = 'metrics-token-of-the-roles-test'

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('processes of one installation', () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster
  let control: Gateway
  let models: Gateway

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    cluster = await startCluster(2, {
      isDirect: true,
      config: oneProvider(upstream.baseUrl),
      env: { SWITCHYARD_METRICS_TOKEN: TOKEN },
      envOf: (index) => ({ SWITCHYARD_ROLE: index === 0 ? 'control' : 'gateway' }),
    })
    const [first, second] = cluster.gateways
    if (first === undefined || second === undefined) throw new Error('two processes were to start')
    control = first
    models = second
  })
  afterAll(async () => {
    await cluster?.stop()
    await upstream?.close()
  })

  test('a key that is made where management is works at once where models are, and no more once it is deleted', async () => {
    const key = await control.createKey()
    expect((await chat(models, key, { model: 'alpha/flat' })).status).toBe(200)
    expect((await models.call('GET', '/api/v1/key', { key })).status).toBe(200)
    const { body } = await control.call('GET', '/api/v1/keys')
    const [{ hash }] = (body as { data: [{ hash: string }] }).data
    expect((await control.call('DELETE', `/api/v1/keys/${hash}`)).status).toBe(200)
    expect((await chat(models, key, { model: 'alpha/flat' })).status).toBe(401)
  })

  test('what was charged where models are is told where management is', async () => {
    const key = await control.createKey()
    const answer = await chat(models, key, { model: 'alpha/flat' })
    const id = idOf(answer)
    await expect.poll(async () => (await control.call('GET', `/api/v1/generation?id=${id}`, { key })).status).toBe(200)
  })

  test.each([
    ['GET', '/api/v1/keys'],
    ['POST', '/api/v1/workspaces'],
    ['GET', '/'],
    ['GET', '/docs'],
    ['POST', '/mcp'],
    ['GET', '/setup'],
    ['GET', '/api/v1/openapi.json'],
  ])('%s %s is not served where models are, which says so', async (method, path) => {
    const { status, body } = await models.call(method, path)
    expect([status, body]).toEqual([
      404,
      { error: expect.objectContaining({ code: 404, message: expect.stringContaining('SWITCHYARD_ROLE=gateway') }) },
    ])
  })

  test.each(['/api/v1/chat/completions', '/api/v1/messages', '/api/v1/responses', '/api/v1/embeddings'])(
    '%s is not served where management is, which says so, and nothing goes to a provider',
    async (path) => {
      const before = upstream.requests.length
      const { status, body } = await control.call('POST', path, { body: { model: 'alpha/flat', messages: [] } })
      expect([status, body]).toEqual([
        404,
        { error: expect.objectContaining({ code: 404, message: expect.stringContaining('SWITCHYARD_ROLE=control') }) },
      ])
      expect(upstream.requests.length).toBe(before)
    },
  )

  test('both tell models, health and metrics', async () => {
    for (const process of [control, models]) {
      for (const path of ['/api/v1/models', '/healthz', '/readyz'])
        expect([path, (await process.call('GET', path)).status]).toEqual([path, 200])
      const metrics = await fetch(`${process.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
      expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringContaining('switchyard_ready 1')])
    }
  })
})
