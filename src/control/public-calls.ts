import { AppError } from '../domain/app-error.ts'
import { type CallLimits, CallQuota } from '../domain/call-quota.ts'

/** Nobody could guess a token at this rate, and a crowd behind one address is not kept waiting by it. */
const ATTEMPTS: CallLimits = { perNetwork: 60, inTotal: 10_000 }
/** What answers alike whatever it does is counted whatever it does. */
const REPORTS: CallLimits = { perNetwork: 30, inTotal: 300 }

interface PublicCall {
  name: string
  /** Whether the answer tells nothing of what was done. */
  isBlind: boolean
  address: string | null
  now: number
}

/** Bounds what anybody may try who has no credential at all: by operation, and in each minute. */
export class PublicCalls {
  readonly #attempts: CallLimits
  readonly #reports: CallLimits
  readonly #quotas = new Map<string, CallQuota>()

  constructor(attempts = ATTEMPTS, reports = REPORTS) {
    this.#attempts = attempts
    this.#reports = reports
  }

  /** Runs a call; what succeeded doesn't count unless it is blind. Throws `rate_limited` after too many from the network. */
  async run<T>({ address, isBlind, name, now }: PublicCall, work: () => Promise<T>): Promise<T> {
    const quota = this.#quotas.get(name) ?? new CallQuota(isBlind ? this.#reports : this.#attempts)
    this.#quotas.set(name, quota)
    const retryAfterSeconds = quota.take(address, now)
    if (retryAfterSeconds !== undefined)
      throw new AppError('rate_limited', 'Too many attempts; try again later', {}, { retryAfterSeconds })
    const result = await work()
    if (!isBlind) quota.giveBack(address)
    return result
  }
}
