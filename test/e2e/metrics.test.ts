import { describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'
import { createMigratedDatabase } from '../harness/test-database.ts'
import { startUnsteadyReceiver } from '../harness/trace-receivers/unsteady-receiver.ts'
import { chat } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { oneProvider } from './provider-config.ts'

const TOKEN = 'a token of twenty-odd letters'
const ENV = { SWITCHYARD_METRICS_TOKEN: TOKEN }

async function metric(gateway: Gateway, name: string): Promise<number | undefined> {
  const { body, status } = await gateway.call('GET', '/metrics', { key: TOKEN })
  expect(status).toBe(200)
  const line = String(body)
    .split('\n')
    .find((text) => text.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length))
}

const degraded = (gateway: Gateway, mode: string) => metric(gateway, `switchyard_degraded{mode="${mode}"}`)

test('metrics are for who has their token, and do not exist without one', async () => {
  const plain = await startGateway()
  expect((await plain.call('GET', '/metrics', { key: TOKEN })).status).toBe(404)
  expect(await plain.stop()).toBe(0)
  const gateway = await startGateway({ env: ENV })
  for (const key of [null, gateway.managementKey, 'another token of many letters'])
    expect((await gateway.call('GET', '/metrics', { key })).status).toBe(401)
  const { headers } = await gateway.call('GET', '/metrics', { key: TOKEN })
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await metric(gateway, 'switchyard_ready')).toBe(1)
  expect(await metric(gateway, 'switchyard_unflushed_generations')).toBe(0)
  expect(await metric(gateway, 'switchyard_unconfirmed_leases')).toBe(0)
  expect(await metric(gateway, 'switchyard_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0)
  for (const mode of ['rate_limits', 'database', 'notifications'])
    expect([mode, await degraded(gateway, mode)]).toEqual([mode, 0])
  expect(gateway.stdout.join('\n')).not.toContain(TOKEN)
  expect(await gateway.stop()).toBe(0)
})

test('a Redis that is away is told', async () => {
  const gateway = await startGateway({ env: { ...ENV, REDIS_URL: 'redis://127.0.0.1:1' } })
  expect(await degraded(gateway, 'rate_limits')).toBe(1)
  expect(await gateway.stop()).toBe(0)
})

test('inferences are counted by how they end, and errors by their status', async () => {
  const upstream = await startScriptedUpstream()
  const gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env: ENV })
  const key = await gateway.createKey()
  const counted = async () => ({
    done: await metric(gateway, 'switchyard_inferences_total{outcome="done"}'),
    unauthorized: await metric(gateway, 'switchyard_inference_errors_total{status="401"}'),
    faults: await metric(gateway, 'switchyard_faults_total'),
    resting: await metric(gateway, 'switchyard_resting_endpoints{reason="failures"}'),
  })
  expect(await counted()).toEqual({ done: 0, unauthorized: 0, faults: 0, resting: 0 })
  expect((await chat(gateway, key, { model: 'alpha/flat' })).status).toBe(200)
  expect((await chat(gateway, 'sk-or-v1-nobody', { model: 'alpha/flat' })).status).toBe(401)
  expect(await counted()).toEqual({ done: 1, unauthorized: 1, faults: 0, resting: 0 })
  expect(await gateway.stop()).toBe(0)
  await upstream.close()
})

test('how traces reach destinations is told by the type of destination, and names nobody', async () => {
  const upstream = await startScriptedUpstream()
  await using receiver = await startUnsteadyReceiver()
  const config = oneProvider(upstream.baseUrl)
  const gateway = await startGateway({ config, env: { ...ENV, SWITCHYARD_EGRESS_ALLOW: '127.0.0.0/8' } })
  const traces = (what: string) => metric(gateway, `switchyard_broadcast_${what}{type="webhook"}`)
  const becomes = (what: string, value: unknown) =>
    expect.poll(() => traces(what), { timeout: 45_000, interval: 200 }).toEqual(value)
  const place = { name: 'traced', slug: 'traced', is_observability_broadcast_enabled: true }
  const workspace_id = String((await manageAt(gateway, 'POST', 'workspaces', place))['id'])
  const destination = { type: 'webhook', config: { url: `${receiver.url}/hook` }, name: 'there', workspace_id }
  const made = await manageAt(gateway, 'POST', 'observability/destinations', destination)
  const key = await gateway.createKey({ workspace_id, name: 'named key' })
  const ask = () => chat(gateway, key, { model: 'alpha/flat' })
  await ask()
  await becomes('delivered_total', 1)
  receiver.answerWith(() => ({ status: 503, body: '' }))
  await ask()
  await becomes('waiting', 1)
  await becomes('failing_destinations', 1)
  await becomes('oldest_waiting_seconds', expect.any(Number))
  expect(await traces('oldest_waiting_seconds')).toBeGreaterThan(0)
  expect(await traces('failures_total')).toBeGreaterThan(0)
  receiver.answerWith(() => ({ status: 401, body: '' }))
  await becomes('given_up_total', 1)
  await becomes('dead_letters', 1)
  await becomes('waiting', 0)
  await becomes('oldest_waiting_seconds', 0)
  expect(await traces('dropped_total')).toBe(0)
  const { body } = await gateway.call('GET', '/metrics', { key: TOKEN })
  for (const name of [workspace_id, 'traced', String(made['id']), 'named key', receiver.url])
    expect(String(body)).not.toContain(name)
  expect(await gateway.stop()).toBe(0)
  await upstream.close()
}, 120_000)

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('on PostgreSQL', () => {
  test('notifications that are cut and a database that is away are told while they are', async () => {
    const database = await createMigratedDatabase(String(process.env['DATABASE_URL']))
    const ways = { all: await startTcpProxy(database.url), notifications: await startTcpProxy(database.url) }
    const env = { ...ENV, DATABASE_URL_DIRECT: ways.notifications.url }
    const gateway = await startGateway({ databaseUrl: ways.all.url, env })
    const becomes = (mode: string, value: number) =>
      expect.poll(() => degraded(gateway, mode), { timeout: 30_000, interval: 200 }).toBe(value)
    try {
      ways.notifications.become('closed')
      await becomes('notifications', 1)
      expect(await degraded(gateway, 'database')).toBe(0)
      ways.notifications.become('open')
      await becomes('notifications', 0)
      ways.all.become('closed')
      await becomes('database', 1)
      expect((await gateway.call('GET', '/readyz')).body).toMatchObject({ degraded: ['database'] })
      ways.all.become('open')
      await becomes('database', 0)
    } finally {
      await gateway.stop()
      await Promise.all([ways.all.close(), ways.notifications.close()])
      await database.drop()
    }
  }, 120_000)
})
