import { createHash } from 'node:crypto'
import { AppError } from '../domain/app-error.ts'
import { HOUSEHOLD_BITS, networkOf } from '../domain/ip-ranges.ts'
import { deleteExpiredIdentity } from '../store/queries/sessions.ts'
import { countTry, forgetTries } from '../store/queries/sign-in-tries.ts'
import type { Db } from '../store/schema.ts'

export const WINDOW_MS = 15 * 60_000
export const PER_NAME = 10
const PER_NETWORK = 100
const CLEAN_UP_MS = 3_600_000
/** A code is taken a step of 30 seconds before and after its own. */
const CODE_MS = 120_000

/** Counts tries to sign in, in the database, so that replicas count together: of one login name and from one network. Names
 *  are kept hashed, whether or not anybody has them. */
export class SignInTries {
  readonly #db: Db
  #cleanedAt = 0

  constructor(db: Db) {
    this.#db = db
  }

  /** Takes one from each. `onLimit` hears of the first that is one too many of the name. Throws `rate_limited`. */
  async take(tried: { name: string | null; ip: string | null }, now: number, onLimit = () => {}): Promise<void> {
    await this.#cleanUp(now)
    await this.#takeOf(`network:${networkOf(tried.ip, HOUSEHOLD_BITS)}`, PER_NETWORK, now)
    if (tried.name !== null) await this.#takeOf(scopeOfName(tried.name), PER_NAME, now, onLimit)
  }

  /** Whether a code of a second factor is used for the first time by its owner: who looks over their shoulder can't use it again.
   *  Source: RFC 6238, 5.2. */
  async isFirstUse(userId: string, code: string, now: number): Promise<boolean> {
    const { tries } = await countTry(this.#db, scopeOfName(`code ${userId} ${code}`), now, CODE_MS)
    return tries === 1
  }

  /** Whoever signed in knows the password: what was tried under the name before was them, or in vain. */
  async forget(name: string): Promise<void> {
    await forgetTries(this.#db, scopeOfName(name))
  }

  async #takeOf(scope: string, max: number, now: number, onLimit = () => {}): Promise<void> {
    const { tries, windowStart } = await countTry(this.#db, scope, now, WINDOW_MS)
    if (tries <= max) return
    if (tries === max + 1) onLimit()
    const retryAfterSeconds = Math.max(1, Math.ceil((windowStart + WINDOW_MS - now) / 1_000))
    throw new AppError('rate_limited', 'Too many tries; try again later', {}, { retryAfterSeconds })
  }

  async #cleanUp(now: number): Promise<void> {
    if (now - this.#cleanedAt < CLEAN_UP_MS) return
    this.#cleanedAt = now
    await deleteExpiredIdentity(this.#db, now, now - WINDOW_MS)
  }
}

function scopeOfName(name: string): string {
  return `name:${createHash('sha256').update(name.trim().toLowerCase()).digest('base64url')}`
}
