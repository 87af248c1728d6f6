import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startCluster } from '../harness/gateway-cluster.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ReadSpan, readOtlp } from '../harness/trace-receivers/otlp-parser.ts'
import { startUnsteadyReceiver } from '../harness/trace-receivers/unsteady-receiver.ts'
import { chat, idOf } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { oneProvider } from './provider-config.ts'

const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
const PATIENCE = { timeout: 90_000, interval: 200 }
const SESSIONS = ['one', 'two', 'three']
const TURNS = 30

test.skipIf(!isPostgres)(
  'sessions that go to and fro between three processes arrive whole and in order, though one is killed',
  async () => {
    const upstream = await startScriptedUpstream()
    const receiver = await startUnsteadyReceiver()
    const cluster = await startCluster(3, {
      config: oneProvider(upstream.baseUrl),
      env: { SWITCHYARD_EGRESS_ALLOW: '127.0.0.0/8' },
      prepare: async () => {},
    })
    try {
      const [first, second, third] = cluster.gateways
      if (first === undefined || second === undefined || third === undefined) throw new Error('no replicas')
      const settings = { name: 'Traced', slug: 'traced', is_observability_broadcast_enabled: true }
      const { id } = await manageAt(first, 'POST', 'workspaces', settings)
      const destination = { type: 'webhook', name: 'hook', config: { url: receiver.url }, workspace_id: id }
      await manageAt(first, 'POST', 'observability/destinations', destination)
      const key = await first.createKey({ workspace_id: id })
      const talk = async (session_id: string) => {
        const asked: string[] = []
        for (let turn = 0; turn < TURNS; turn += 1) {
          const gateway = turn % 2 === 0 ? first : second
          const answer = await chat(gateway, key, { session_id })
          expect(answer.status).toBe(200)
          asked.push(idOf(answer))
          await sleep(20)
        }
        return asked
      }
      const talks = SESSIONS.map(talk)
      await sleep(500)
      // Whatever it was sending, another one sends when its lease has ended.
      await third.kill9()
      const asked = await Promise.all(talks)
      const spans = () => receiver.taken.flatMap(({ body }) => readOtlp(body))
      const arrived = (all: ReadSpan[], session: string) => [
        ...new Set(all.filter(({ attributes }) => attributes['session.id'] === session).map(idIn)),
      ]
      await expect.poll(() => new Set(spans().map(idIn)).size, PATIENCE).toBe(SESSIONS.length * TURNS)
      const all = spans()
      for (const [at, session] of SESSIONS.entries()) expect(arrived(all, session)).toEqual(asked[at])
      // Nobody sends what another one sends at the time: only what was under way with the killed one comes twice.
      expect(all.length - SESSIONS.length * TURNS).toBeLessThanOrEqual(100)
    } finally {
      await cluster.stop()
      await receiver[Symbol.asyncDispose]()
      await upstream.close()
    }
  },
)

function idIn({ attributes }: ReadSpan): string {
  return String(attributes['gen_ai.response.id'])
}
