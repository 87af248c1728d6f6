import { expect } from 'vitest'
import { type WatchedCounter, watchCounter } from '../harness/counter-watch.ts'
import type { GatewayCluster } from '../harness/gateway-cluster.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import { chat, idOf, nano } from './chat-client.ts'
import { FLAT_PRICE_USD } from './provider-config.ts'

/** One request as its caller saw it. Times are of `performance.now()`. */
export interface Shot {
  replica: number
  sentAt: number
  endedAt: number
  /** 0 when no whole answer came. */
  status: number
  retryAfter: string | null
  generationId: string
  /** Of what isn't 200. */
  text: string
}

export interface FlatKey {
  secret: string
  /** Its number, as the database counts it. */
  id: string
  hash: string
}

/** A key with a limit in requests of the flat price; null for none. */
export async function newFlatKey(gateway: Gateway, requests: number | null, fields: object = {}): Promise<FlatKey> {
  const limit = requests === null ? {} : { limit: Math.round(requests * FLAT_PRICE_USD * 100) / 100 }
  const body = { name: 'flat', rate_limit_rpm: 0, ...limit, ...fields }
  const answer = await gateway.call('POST', '/api/v1/keys', { body })
  expect(answer.status).toBe(201)
  const { data, key } = answer.body as { key: string; data: { id: number; hash: string } }
  return { secret: key, id: String(data.id), hash: data.hash }
}

export function lifetimeOf({ id }: FlatKey): WatchedCounter {
  return { scopeKind: 'key', scopeId: id, interval: 'lifetime' }
}

/** One request of the flat price at a replica. */
export async function shoot(
  gateways: readonly Gateway[],
  replica: number,
  key: FlatKey,
  fields: Record<string, unknown> = {},
): Promise<Shot> {
  const gateway = gateways[replica]
  if (gateway === undefined) throw new Error(`there is no replica ${replica}`)
  const sentAt = performance.now()
  const timed = () => ({ replica, sentAt, endedAt: performance.now() })
  try {
    const answer = await chat(gateway, key.secret, { model: 'alpha/flat', ...fields })
    const { headers, isDone, json, status } = answer
    const isWhole = json !== undefined || isDone
    const text = status === 200 ? '' : JSON.stringify(json ?? answer.events.at(-1))
    const generationId = idOf(answer)
    return { ...timed(), status: isWhole ? status : 0, retryAfter: headers.get('retry-after'), generationId, text }
  } catch (error) {
    const text = String((error as Error).cause ?? error)
    return { ...timed(), status: 0, retryAfter: null, generationId: '', text }
  }
}

/** Requests one after the other of a clock, whether those before have been answered or not, at the replicas in turn. */
export function startShooting(
  gateways: readonly Gateway[],
  key: FlatKey,
  perSecond: number,
): { stop: () => Promise<Shot[]> } {
  const shots: Promise<Shot>[] = []
  const begin = performance.now()
  const timer = setInterval(() => {
    const due = ((performance.now() - begin) / 1_000) * perSecond
    while (shots.length < due) shots.push(shoot(gateways, shots.length % gateways.length, key))
  }, 5)
  return {
    stop: async () => {
      clearInterval(timer)
      return await Promise.all(shots)
    },
  }
}

export const countOf = (shots: readonly Shot[], status: number) => shots.filter((shot) => shot.status === status).length

/** Until the key's counter in the database doesn't change any more and nothing of it is leased. */
export async function expectSettled(cluster: GatewayCluster, key: FlatKey, requests: number): Promise<void> {
  const watch = await watchCounter(cluster, lifetimeOf(key))
  await expect
    .poll(() => watch.state(), { timeout: 120_000, interval: 250 })
    .toEqual({ settled: BigInt(requests) * nano(FLAT_PRICE_USD), leased: 0n })
}

/** Each of the whole answers has one row, with its price, and there is no row for which nobody asked. */
export async function expectChargedOnce(cluster: GatewayCluster, key: FlatKey, shots: readonly Shot[]): Promise<void> {
  const asked = shots.filter(({ status }) => status === 200).map(({ generationId }) => generationId)
  const read = () =>
    cluster.query<{ id: string; cost: string }>(
      'SELECT id, cost_nano::text AS cost FROM generation WHERE key_id = $1::bigint AND cost_nano > 0',
      [key.id],
    )
  await expect.poll(async () => (await read()).length, { timeout: 60_000, interval: 250 }).toBe(asked.length)
  const rows = await read()
  expect(rows.map(({ id }) => id).toSorted()).toEqual(asked.toSorted())
  expect(rows.every(({ cost }) => BigInt(cost) === nano(FLAT_PRICE_USD))).toBe(true)
  await expectSettled(cluster, key, asked.length)
}
