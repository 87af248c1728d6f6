import type { Config } from '../config/config.ts'
import type { AnswerStore } from '../gateway/ports.ts'
import { MemoryAnswers } from '../gateway/response-cache/memory-answers.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { deriveKey } from '../platform/derived-key.ts'
import { readInstallationId } from '../store/installation.ts'
import type { Store } from '../store/open-store.ts'

const MEMORY_BYTES_MAX = 64 * 1_048_576
const KEY_PURPOSE = 'response cache'

/** The response cache: in memory, or with `REDIS_URL` where all replicas find what one of them keeps. */
export async function openAnswers(
  { database, secrets }: Pick<Store, 'database' | 'secrets'>,
  { redisTimeoutMs: timeoutMs, redisUrl }: Pick<Config, 'redisTimeoutMs' | 'redisUrl'>,
): Promise<{ answers: AnswerStore; stop: () => Promise<void> }> {
  if (redisUrl === null) return { answers: new MemoryAnswers(clock, MEMORY_BYTES_MAX), stop: async () => {} }
  const { openSharedAnswers } = await import('../store/redis/shared-answers.ts')
  const prefix = `switchyard:{${await readInstallationId(database.kysely)}}:`
  const answers = openSharedAnswers(redisUrl, { prefix, key: deriveKey(secrets.current, KEY_PURPOSE), timeoutMs })
  return { answers, stop: async () => answers.close() }
}
