import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import type { SlotCount } from '../../domain/rate-window.ts'
import type { AskDaily, AskRates, MeetReplicas, StateInFlight } from '../../gateway/ports.ts'
import { DAILY_SCRIPT, IN_FLIGHT_SCRIPT, RATE_SCRIPT, REPLICA_SCRIPT } from './rate-script.ts'

const CONNECT_TIMEOUT_MS = 2_000
const RECONNECT_MS_MAX = 1_000
/** Questions that wait for an answer; what is beyond is answered by the share of this replica. */
const QUEUE_MAX = 10_000

interface Script {
  text: string
  hash: string
}

/** What replicas count together in Redis. Nothing in it is of worth after a minute, but for the counts of a day. */
export interface SharedCounts {
  ask: AskRates
  askDaily: AskDaily
  /** Resolves at the first connection, or after 2 s without one. */
  opened: Promise<void>
  meet: MeetReplicas
  stateInFlight: StateInFlight
  /** Ends the membership of this replica, and the connection. */
  close: () => Promise<void>
}

/** Connects in the background and again after each loss, for ever; questions fail at once while there is no connection, and
 *  before the replica `replicaId` has met the others. `prefix` begins every name in Redis, which other installations may share. */
export function openSharedCounts(
  url: string,
  { prefix, replicaId }: { prefix: string; replicaId: string },
): SharedCounts {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE_MAX,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(RECONNECT_MS_MAX, 50 * 2 ** Math.min(retries, 10)),
    },
  })
  // Whoever asks hears of it.
  client.on('error', () => {})
  const connected = client
    .connect()
    .then(() => {})
    .catch(() => {})
  const rates = scriptOf(RATE_SCRIPT)
  const replicas = scriptOf(REPLICA_SCRIPT)
  const run = async ({ hash, text }: Script, key: string, args: readonly string[]): Promise<number[]> => {
    if (!client.isReady) throw new Error('Redis is not connected')
    const rest = ['2', `${prefix}${key}`, `${prefix}epoch`, ...args]
    try {
      return toNumbers(await client.sendCommand(['EVALSHA', hash, ...rest]))
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return toNumbers(await client.sendCommand(['EVAL', text, ...rest]))
    }
  }
  const inFlight = scriptOf(IN_FLIGHT_SCRIPT)
  const daily = scriptOf(DAILY_SCRIPT)
  let epoch = ''
  return {
    opened: Promise.race([connected, sleep(CONNECT_TIMEOUT_MS, undefined, { ref: false })]),
    ask: async ({ bucket, limit, demand, block, own }) => {
      const args = [epoch, limit, demand, block, replicaId, ...own.flat()].map(String)
      const [granted = 0, now = 0, ...rest] = await run(rates, `rate:${bucket}`, args)
      if (granted < 0) throw new Error('the counts in Redis were lost')
      return { granted, now, ...toSlots(rest) }
    },
    askDaily: async ({ bucket, limit, demand, block, own, others }) => {
      const args = [replicaId, own, others, limit, demand, block].map(String)
      const [granted = 0, mine = own, theirs = others] = await run(daily, `daily:${bucket}`, args)
      return { granted, own: mine, others: theirs }
    },
    meet: async () => {
      const [count = 1, rank = 0, present = 0] = await run(replicas, 'replicas', [replicaId])
      const hasLost = epoch !== '' && epoch !== String(present)
      epoch = String(present)
      return { count, rank, hasLost }
    },
    stateInFlight: async (keyId, running, limit) => {
      const args = [replicaId, running, limit ?? -1].map(String)
      return (await run(inFlight, `running:${keyId}`, args))[0] === 1
    },
    close: async () => {
      if (client.isReady) await client.sendCommand(['ZREM', `${prefix}replicas`, replicaId]).catch(() => {})
      client.destroy()
    },
  }
}

function scriptOf(text: string): Script {
  return { text, hash: createHash('sha1').update(text).digest('hex') }
}

/** Slots come as number, count of all, own count. */
function toSlots(numbers: readonly number[]): { slots: SlotCount[]; own: SlotCount[] } {
  const slots: SlotCount[] = []
  const own: SlotCount[] = []
  for (let at = 0; at + 2 < numbers.length; at += 3) {
    const [slot = 0, all = 0, mine = 0] = numbers.slice(at, at + 3)
    slots.push([slot, all])
    if (mine > 0) own.push([slot, mine])
  }
  return { slots, own }
}

function toNumbers(reply: unknown): number[] {
  if (!Array.isArray(reply)) throw new Error('Redis gave no list')
  return reply.map(Number)
}
