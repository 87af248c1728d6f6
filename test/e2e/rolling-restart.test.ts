import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watchCounter } from '../harness/counter-watch.ts'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { nano } from './chat-client.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { expectChargedOnce, lifetimeOf, newFlatKey, type Shot, shoot } from './replica-load.ts'

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const REPLICAS = 3
const CALLERS = isFullSize ? 100 : 20
const PAUSE_MS_MAX = 3_000
const ROUNDS = isFullSize ? 5 : 1
const LIMIT_REQUESTS = 100_000

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')(`${REPLICAS} replicas on one PostgreSQL`, () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster

  beforeAll(async () => {
    upstream = await startScriptedUpstream({ chunks: 20, chunkDelayMs: 50 })
    cluster = await startCluster(REPLICAS, { env: { LOG_LEVEL: 'warn' }, config: oneProvider(upstream.baseUrl) })
  })
  afterAll(async () => {
    await cluster?.stop()
    await upstream?.close()
  })

  /** What stands before replicas: sends to those that say they are ready, and to another one where nobody listens. */
  function startBalancer() {
    const { gateways } = cluster
    const isReady = gateways.map(() => true)
    const look = async () => {
      await Promise.all(
        gateways.map(async (gateway, at) => {
          const answer = await fetch(`${gateway.url}/readyz`).catch(() => undefined)
          isReady[at] = answer?.ok === true
          await answer?.arrayBuffer()
        }),
      )
    }
    const timer = setInterval(() => void look(), 100)
    let turn = 0
    const send = async (key: Parameters<typeof shoot>[2]): Promise<Shot> => {
      for (;;) {
        turn += 1
        const ready = [...gateways.keys()].filter((at) => isReady[at])
        const replica = ready[turn % ready.length] ?? turn % REPLICAS
        const shot = await shoot(gateways, replica, key, { stream: turn % 2 === 0 })
        if (shot.status !== 0 || !shot.text.includes('ECONNREFUSED')) return shot
        isReady[replica] = false
      }
    }
    return { send, stop: () => clearInterval(timer) }
  }

  /** A caller with one connection, which it keeps as long as it may. */
  function newKeeper({ url }: Gateway, { secret }: { secret: string }) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
    return async (fields: object) => {
      const call = request(`${url}/api/v1/chat/completions`, { method: 'POST', agent, headers })
      call.end(JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], ...fields }))
      const [answer] = (await once(call, 'response')) as [IncomingMessage]
      const { statusCode: status, headers: told } = answer
      return { seen: { status, connection: told.connection, isReused: call.reusedSocket }, whole: text(answer) }
    }
  }

  test('F9 a connection that callers keep is answered on while its replica stops, and ends with the first answer that says so', async () => {
    const [gateway = expect.fail()] = cluster.gateways
    const key = await newFlatKey(gateway, null)
    upstream.forModel('small', { chunks: 80, chunkDelayMs: 50 })
    const [idle, busy] = [newKeeper(gateway, key), newKeeper(gateway, key)]
    await (await idle({ model: 'alpha/flat' })).whole
    const stream = await busy({ model: 'alpha/small', stream: true })
    gateway.signal('SIGTERM')
    // By now nobody new is let in.
    await sleep(3_000)
    const ended = { status: 200, connection: 'close', isReused: true }
    const late = await idle({ model: 'alpha/flat' })
    expect([late.seen, (await late.whole).length > 0]).toEqual([ended, true])
    expect(stream.seen.connection).toBe('keep-alive')
    expect(await stream.whole).toContain('[DONE]')
    const next = await busy({ model: 'alpha/flat' })
    expect([next.seen, (await next.whole).length > 0]).toEqual([ended, true])
    await expect.poll(() => gateway.exit(), { timeout: 60_000 }).toBe(0)
    await gateway.restart()
    upstream.reset()
  })

  test(`F9 each of ${REPLICAS} replicas is restarted under load: no request fails, streams end whole, each is charged once, and no money stays with who has stopped`, async () => {
    const key = await newFlatKey(cluster.gateways[0] ?? expect.fail(), LIMIT_REQUESTS)
    const watch = await watchCounter(cluster, lifetimeOf(key))
    const balancer = startBalancer()
    const shots: Shot[] = []
    let isOver = false
    const callers = Array.from({ length: CALLERS }, async (_, at) => {
      while (!isOver) {
        shots.push(await balancer.send(key))
        // Every other one pauses, so that connections are kept that carry nothing.
        if (at % 2 === 1) await sleep(Math.random() * PAUSE_MS_MAX)
      }
    })
    await sleep(2_000)
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const gateway of cluster.gateways) {
        await gateway.restart()
        await sleep(1_000)
      }
    }
    isOver = true
    await Promise.all(callers)
    balancer.stop()
    expect(shots.filter(({ status }) => status !== 200)).toEqual([])
    expect(shots.length).toBeGreaterThan(CALLERS * REPLICAS)
    // Of processes before the present ones.
    const left = await cluster.query(`SELECT lease.id FROM lease JOIN replica ON replica.id = replica_id
      WHERE lease.generation < replica.generation AND state <> 'ended'`)
    expect(left).toEqual([])
    const ended = await cluster.query(`SELECT id FROM lease WHERE state = 'ended'`)
    expect(ended.length).toBeGreaterThanOrEqual(REPLICAS)
    await expectChargedOnce(cluster, key, shots)
    expect(await watch.mostTaken()).toBeLessThanOrEqual(nano(LIMIT_REQUESTS * FLAT_PRICE_USD))
  })
})
