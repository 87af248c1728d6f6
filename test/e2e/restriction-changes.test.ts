import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway-process.ts'
import { type GatewayReplicas, startReplicas } from '../harness/gateway-replicas.ts'
import { chat } from './chat-client.ts'
import { manageAt } from './manage.ts'

/*
 * S1 of what takes less away than a revocation: a guardrail, a limit, an end that was set before. Three processes on one
 * PostgreSQL answer for a key without pause while it is changed at one of them.
 */

const ROUNDS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 60 : 6
const FREE = 'sim/echo'
const PRICED = 'sim/lorem'
const LAST_MS_MAX = 5_000
/** What the two clocks of a test may be apart. */
const CLOCK_MS = 50

interface Place {
  id: string
  defaultGuardrailId: string
  key: string
  hash: string
}

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('S1 on three processes', () => {
  let replicas: GatewayReplicas
  let made = 0

  beforeAll(async () => {
    replicas = await startReplicas(3, { env: { SWITCHYARD_SIM: 'on', LOG_LEVEL: 'warn' } }, async () => {})
  })
  afterAll(async () => {
    await replicas?.stop()
  })

  const at = (index: number): Gateway => replicas.gateways[index % 3] ?? expect.fail()

  async function newPlace(fields: object = {}): Promise<Place> {
    made += 1
    const { id } = await manageAt(at(0), 'POST', 'workspaces', { name: 'place', slug: `place-${made}` })
    const { default_guardrail_id } = await manageAt(at(0), 'GET', `workspaces/${id}`)
    const body = { name: 'key', workspace_id: id, rate_limit_rpm: 0, ...fields }
    const answer = (await at(0).call('POST', '/api/v1/keys', { body })).body as { key: string; data: { hash: string } }
    return { id: String(id), defaultGuardrailId: String(default_guardrail_id), key: answer.key, hash: answer.data.hash }
  }

  /** When a process last answered a request, by the time it was sent; asked until it has refused three in a row after `until`. */
  async function lastAnswered(gateway: Gateway, place: Place, model: string, until: () => boolean): Promise<number> {
    const begin = performance.now()
    let last = Number.NEGATIVE_INFINITY
    for (let refusals = 0; refusals < 3 || !until(); ) {
      const sent = performance.now()
      if (sent - begin > 3 * LAST_MS_MAX) throw new Error('the change was never felt')
      const { status } = await chat(gateway, place.key, { model, max_tokens: 2 })
      refusals = status === 200 ? 0 : refusals + 1
      if (status === 200) last = sent
    }
    return last
  }

  /** When `change` was begun, and when the last request was sent that was answered, over all processes that served the key. */
  async function watch(
    place: Place,
    model: string,
    change: () => Promise<unknown>,
  ): Promise<{ begin: number; last: number }> {
    const statuses = await Promise.all(
      replicas.gateways.map((gateway) => chat(gateway, place.key, { model, max_tokens: 2 })),
    )
    const serving = replicas.gateways.filter((_gateway, index) => statuses[index]?.status === 200)
    expect(serving.length).toBeGreaterThan(0)
    let isChanged = false
    const watching = serving.map((gateway) => lastAnswered(gateway, place, model, () => isChanged))
    await sleep(20)
    const begin = performance.now()
    await change()
    isChanged = true
    return { begin, last: Math.max(...(await Promise.all(watching))) }
  }

  function judge(what: string, times: readonly number[]): void {
    const sorted = times.toSorted((a, b) => a - b)
    const [median, worst] = [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0]
    process.stdout.write(
      `${what}: last answered after the call: median ${Math.round(median)}, worst ${Math.round(worst)} ms\n`,
    )
    expect(sorted[Math.ceil(sorted.length * 0.99) - 1]).toBeLessThanOrEqual(1_000)
  }

  /** What makes a change ready, and the change. */
  const CHANGES: [string, string, (place: Place, round: number) => Promise<() => Promise<unknown>>][] = [
    [
      'a model that the guardrail of the workspace forbids',
      FREE,
      async ({ defaultGuardrailId: id }, round) =>
        () =>
          manageAt(at(round), 'PATCH', `guardrails/${id}`, { ignored_models: [FREE] }),
    ],
    [
      'a guardrail that is assigned to the key',
      FREE,
      async ({ id, hash }, round) => {
        const fields = { name: 'own', workspace_id: id, content_filters: [{ pattern: 'Hello', action: 'block' }] }
        const guardrail = await manageAt(at(round), 'POST', 'guardrails', fields)
        return () =>
          manageAt(at(round + 1), 'POST', `guardrails/${guardrail['id']}/assignments/keys`, {
            key_hashes: [hash],
          })
      },
    ],
    [
      'a limit of the key that is lowered to nothing',
      PRICED,
      async ({ hash }, round) =>
        () =>
          manageAt(at(round), 'PATCH', `keys/${hash}`, { limit: 0 }),
    ],
    [
      'a budget of the workspace that is used up',
      PRICED,
      async ({ id }, round) =>
        () =>
          manageAt(at(round), 'PUT', `workspaces/${id}/budgets/daily`, { limit_usd: 0.000000001 }),
    ],
  ]

  test.each(CHANGES)(
    '%s is felt everywhere within a second',
    async (what, model, change) => {
      const times: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const place = await newPlace({ limit: 100 })
        const { begin, last } = await watch(place, model, await change(place, round))
        times.push(Math.max(0, last - begin))
      }
      judge(what, times)
    },
    120_000,
  )

  test('a key that expires is answered nowhere from that instant on', async () => {
    for (let round = 0; round < Math.min(ROUNDS, 3); round += 1) {
      const expiresAt = Math.ceil(Date.now() / 1_000) * 1_000 + 2_000
      const place = await newPlace({ expires_at: new Date(expiresAt).toISOString() })
      const { last } = await watch(place, FREE, () => sleep(expiresAt - Date.now()))
      // All go by the clock of one machine.
      expect(performance.timeOrigin + last).toBeLessThanOrEqual(expiresAt + CLOCK_MS)
    }
  })
})
