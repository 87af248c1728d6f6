import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import type { AnswerStore, CachedAnswer } from '../../gateway/ports.ts'
import { SealBroken, seal, unseal } from '../../platform/sealing.ts'

const CONNECT_TIMEOUT_MS = 2_000
const RECONNECT_MS_MAX = 1_000
const QUEUE_MAX = 1_000

export interface SharedAnswers extends AnswerStore {
  close: () => void
}

/**
 * Answers in Redis, where every replica finds them; each is sealed with `key` for its own name, which is a hash, and goes by
 * itself when its time is over. Connects in the background and again after each loss. What Redis doesn't tell within
 * `timeoutMs` isn't there, and what it doesn't take is not kept.
 */
export function openSharedAnswers(
  url: string,
  { prefix, key, timeoutMs }: { prefix: string; key: Buffer; timeoutMs: number },
): SharedAnswers {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE_MAX,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(RECONNECT_MS_MAX, 50 * 2 ** Math.min(retries, 10)),
    },
  })
  // Whoever asks does without.
  client.on('error', () => {})
  void client.connect().catch(() => {})
  const nameOf = (id: string) => `${prefix}answer:${id}`
  return {
    find: async (id) => {
      if (!client.isReady) return undefined
      const stored = client.get(nameOf(id)).catch(() => null)
      const sealed = await Promise.race([stored, sleep(timeoutMs, null, { ref: false })])
      return sealed === null ? undefined : open(key, id, sealed)
    },
    keep: (id, answer) => {
      const ttlMs = answer.expiresAt - answer.at
      if (!client.isReady || ttlMs <= 0) return
      void client
        .set(nameOf(id), seal(key, id, JSON.stringify(answer)), { expiration: { type: 'PX', value: ttlMs } })
        .catch(() => {})
    },
    close: () => client.destroy(),
  }
}

/** Undefined for what was sealed with an earlier secret. */
function open(key: Buffer, id: string, sealed: string): CachedAnswer | undefined {
  try {
    return JSON.parse(unseal(key, id, sealed).toString('utf8')) as CachedAnswer
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}
