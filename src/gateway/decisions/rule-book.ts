import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RuleLimit, Rules } from '../../domain/decision.ts'
import type { GuardrailInForce } from '../../domain/guardrail-in-force.ts'
import type { Observe } from '../../observe/observation.ts'
import { BatchQueue } from '../../platform/batch-queue.ts'
import type { Chain, Limit } from '../lease/chain.ts'
import type { PostRules, RulesInForce } from '../ports.ts'

const PENDING_MAX = 10_000
const BATCH_MAX = 500
const POSTED_MAX = 50_000
const ID_LENGTH = 22

interface Known {
  guardrail: GuardrailInForce | null
  id: string | undefined
}

/** What a request met. */
interface InForce {
  chain: Chain
  guardrail: GuardrailInForce | null
}

/**
 * Gives what restricts and limits a request a name of some characters, by which the request's record tells of it, and carries
 * it to the database. What is in force together is worked out when it is first met on a day and after changes, so that a
 * request pays for a look-up; each day it is posted once, which tells what is still in use and mends what got lost.
 */
export class RuleBook {
  readonly #queue: BatchQueue<RulesInForce>
  #ofChains = new WeakMap<Chain, Known>()
  readonly #posted = new Set<string>()
  #day = ''

  constructor({ post, observe }: { post: PostRules; observe: Observe }) {
    this.#queue = new BatchQueue({
      post,
      onDropped: (count, message) => {
        this.#forget()
        observe({ type: 'rules_dropped', count, message })
      },
      fullMessage: 'more than the queue may hold',
      pendingMax: PENDING_MAX,
      batchMax: BATCH_MAX,
    })
  }

  /** Undefined where there is nothing that restricts or limits. */
  idOf(organizationId: string, { chain, guardrail }: InForce): string | undefined {
    const known = this.#ofChains.get(chain)
    if (known !== undefined && known.guardrail === guardrail) return known.id
    if (chain.date > this.#day) {
      this.#day = chain.date
      this.#posted.clear()
    }
    const isFree = guardrail === null && chain.limits.length === 0
    const id = isFree ? undefined : this.#add(organizationId, chain, guardrail)
    this.#ofChains.set(chain, { guardrail, id })
    return id
  }

  async waitUntilPosted(timeoutMs: number): Promise<void> {
    await Promise.race([this.#queue.flush(), sleep(timeoutMs, undefined, { ref: false })])
  }

  /** Posts what is left, without a second try. */
  async stop(): Promise<void> {
    await this.#queue.stop()
  }

  /** So that everything is posted again when it is next met. */
  #forget(): void {
    this.#ofChains = new WeakMap()
    this.#posted.clear()
  }

  #add(organizationId: string, { limits }: Chain, guardrail: GuardrailInForce | null): string {
    const layers = guardrail?.layers ?? []
    const rules: Rules = {
      guardrails: layers.map(({ scope, guardrail: { id, name } }) => ({ scope, id, name })),
      limits: limits.map(toRuleLimit),
    }
    const json = JSON.stringify(rules)
    const id = createHash('sha256').update(json).digest('base64url').slice(0, ID_LENGTH)
    const name = `${organizationId} ${id}`
    if (!this.#posted.has(name)) {
      if (this.#posted.size >= POSTED_MAX) this.#posted.clear()
      this.#posted.add(name)
      this.#queue.push({ organizationId, id, json, day: this.#day })
    }
    return id
  }
}

function toRuleLimit({ owner, interval, amount, beside }: Limit): RuleLimit {
  return {
    scope: owner.kind,
    name: 'name' in owner ? owner.name : null,
    id: 'id' in owner ? owner.id : null,
    interval,
    amount: amount === null ? null : amount.toString(),
    includesByok: beside !== null,
  }
}
