import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Gateway } from '../harness/gateway-process.ts'
import { type ChatAnswer, chat, idOf, nano, readData } from './chat-client.ts'
import { FLAT_PRICE_USD } from './provider-config.ts'

/** What each request of the load costs, whatever its tokens. */
const PRICE = nano(FLAT_PRICE_USD)

export interface Tally {
  sent: number
  /** Generations whose last byte a caller has seen. */
  acknowledged: Set<string>
}

export interface Callers {
  count: number
  /** Between an answer and the next call of each. Not as fast as can be: what is acknowledged has all to be looked up later. */
  pauseMs: number
}

/** Starts callers, each of which streams every second time. The function returned stops them. */
export function startLoad(gateway: Gateway, key: string, callers: Callers, tally: Tally): () => Promise<void> {
  let isOver = false
  const running = Array.from({ length: callers.count }, async () => {
    for (let turn = 0; !isOver; turn += 1) {
      tally.sent += 1
      const answer = await chat(gateway, key, { model: 'alpha/flat', stream: turn % 2 === 0 }).catch(() => undefined)
      if (answer && isWhole(answer)) tally.acknowledged.add(idOf(answer))
      else await sleep(5)
      if (callers.pauseMs > 0) await sleep(callers.pauseMs)
    }
  })
  return async () => {
    isOver = true
    await Promise.all(running)
  }
}

function isWhole(answer: ChatAnswer): boolean {
  return answer.status === 200 && (answer.json !== undefined || answer.isDone)
}

/** Generations among `ids` that the database doesn't have. Those it has are charged their price. */
export async function findMissing(gateway: Gateway, key: string, ids: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (let at = 0; at < ids.length; at += 50) {
    const found = await Promise.all(
      ids.slice(at, at + 50).map(async (id) => ({
        id,
        ...(await gateway.call('GET', `/api/v1/generation?id=${id}`, { key })),
      })),
    )
    for (const { id, status, body } of found) {
      if (status === 404) missing.push(id)
      else expect([status, body]).toMatchObject([200, { data: { id, usage: FLAT_PRICE_USD, outcome: 'done' } }])
    }
  }
  return missing
}

/** How many requests were charged since `startedAtMs`; the key's counters, the credits and the roll-up all say the same. */
export async function countCharged(gateway: Gateway, key: string, startedAtMs: number): Promise<number> {
  const usage = nano((await readData(gateway, '/api/v1/key', key))['usage'])
  const credits = nano((await readData(gateway, '/api/v1/credits'))['total_usage'])
  const days = new Set([startedAtMs, Date.now()].map((time) => new Date(time).toISOString().slice(0, 10)))
  let requests = 0
  let cost = 0n
  for (const day of days) {
    const rows = (await readData(gateway, `/api/v1/activity?date=${day}`)) as unknown as ActivityRow[]
    requests += rows.reduce((sum, row) => sum + row.requests, 0)
    cost += rows.reduce((sum, row) => sum + nano(row.usage), 0n)
  }
  expect([credits, cost, BigInt(requests) * PRICE]).toEqual([usage, usage, usage])
  return requests
}

interface ActivityRow {
  requests: number
  usage: number
}
