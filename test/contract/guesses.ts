import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Gateway } from '../harness/gateway-process.ts'
import { expectError, sendTo } from './request.ts'

const ATTEMPTS = 60
/** So much of a minute must be left for what a test does next. */
const LEFT_SECONDS = 5

/** Sends what fails until it is refused as one time too many: after 60 times in a minute. */
export async function failUntilLimited(own: Gateway, path: string, body: object, status: number): Promise<void> {
  let failed = 0
  while (failed <= 3 * ATTEMPTS) {
    const answer = await sendTo(own, 'POST', path, { key: null, body })
    if (answer.status !== 429) {
      expect(answer).toMatchObject({ status })
      failed += 1
      continue
    }
    expect(failed).toBeGreaterThanOrEqual(ATTEMPTS)
    expectError(answer, 429, 'Too many attempts')
    const seconds = Number(answer.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    if (seconds > LEFT_SECONDS) return
    await sleep(seconds * 1_000)
  }
  throw new Error(`${path} is never refused`)
}
