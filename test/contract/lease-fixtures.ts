import type { LeaseWire } from '../../src/contract/management/leases.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { type CounterKey, counterKeyOf } from '../../src/domain/lease-protocol.ts'
import { LIFETIME_START } from '../../src/domain/windows.ts'
import { newUuid } from '../../src/platform/ids.ts'
import type { Database } from '../../src/store/database.ts'
import { answerLease } from '../../src/store/leases.ts'

export const LIFETIME = { kind: 'credit', interval: 'lifetime', windowStart: LIFETIME_START } as const

/** What somebody is told who asks for a list of leases. */
export interface LeasePage {
  data: LeaseWire[]
  total_count: number
  held_usd: { pools: number; limits: number }
}

export const keyCounter = (id: bigint) => counterKeyOf({ scopeKind: 'key', scopeId: String(id), ...LIFETIME })

/** A process that takes leases as those of the gateway do, and may be lost. Each has a name of its own. */
export class LosingReplica {
  readonly name = `replica-${newUuid()}`
  readonly #db: Database['kysely']
  #asked = 0

  private constructor({ kysely }: Database) {
    this.#db = kysely
  }

  static async begin(database: Database): Promise<LosingReplica> {
    const replica = new LosingReplica(database)
    await replica.#register('a journal')
    return replica
  }

  /** Takes as much of a counter as somebody waits for; `limit` null is for pools, which know theirs. Returns the lease's id, or
   *  undefined when there is not so much. */
  async take(
    { organizationId }: Pick<Extract<Actor, { kind: 'management_key' }>, 'organizationId'>,
    counter: CounterKey,
    { amount, limit }: { amount: bigint; limit: bigint | null },
  ): Promise<string | undefined> {
    this.#asked += 1
    const lease = `${this.name}.${this.#asked}`
    const size = { min: amount, hold: amount, need: amount, want: amount }
    const alone = { keep: 0n, beside: null, besideLimit: null }
    const slice = { lease, organization: organizationId, counter, limit, limitVersion: 1n, ...alone, ...size }
    const of = { replica: this.name, generation: 1 }
    const answer = await answerLease(this.#db, { type: 'grant', ...of, ask: lease, slices: [slice] })
    return answer.type === 'granted' ? lease : undefined
  }

  /** Its place starts anew without the journal: nobody knows what it had spent. */
  async lose(): Promise<void> {
    await this.#register('another journal')
  }

  /** What it would hear if it came back, as the process that it was. */
  async beat() {
    return await answerLease(this.#db, { type: 'heartbeat', replica: this.name, generation: 1, sentAt: 0 })
  }

  async #register(journal: string): Promise<void> {
    await answerLease(this.#db, { type: 'register', replica: this.name, process: newUuid(), journal })
  }
}
