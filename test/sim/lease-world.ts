import type { LeaseAnswer, LeaseRequest } from '../../src/domain/lease-protocol.ts'
import type { NanoUsd } from '../../src/domain/money.ts'
import { windowEndMs } from '../../src/domain/windows.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { LeaseInvariants } from './lease-invariants.ts'
import type { Mutant } from './lease-mutants.ts'
import { MemoryAuthority } from './memory-authority.ts'
import { Network } from './network.ts'
import { ALONE, counterOf, type LimitedScope, SimReplica, type SimRequest } from './sim-replica.ts'
import type { Figures, WorldFaults, WorldState } from './world-state.ts'

const STEP_MS = 200
/** Late in May 2026: the run crosses the end of a day and of a month. */
const ORIGIN_MS = Date.UTC(2026, 4, 31, 23, 59)
/** When nothing runs any more, and leases are still spread over the replicas, one request asks for all that is left. */
const LAST_REQUESTS_STEP = 260
const GIVE_BACK_STEP = 330
const REST_STEPS = 480
const SUSPEND_AFTER_MS = 120_000

export const NO_FAULTS: WorldFaults = {
  loss: 0,
  duplication: 0,
  delayMsMax: STEP_MS,
  partition: 0,
  kill: 0,
  powerLoss: 0,
  diskLoss: 0,
  limitChange: 0,
  clockSkewMs: 0,
}

export const HEAVY_FAULTS: WorldFaults = {
  loss: 0.12,
  duplication: 0.1,
  delayMsMax: 1_200,
  partition: 0.003,
  kill: 0.003,
  powerLoss: 0,
  diskLoss: 0,
  limitChange: 0.01,
  clockSkewMs: 300_000,
}

export interface WorldOptions {
  seed: number
  steps: number
  faults: WorldFaults
  mutant?: Mutant
}

/** Replicas that share limits through one database, from a seed. Throws a `Violation` when a rule of money is broken. */
export class LeaseWorld implements WorldState {
  readonly options: WorldOptions
  readonly authority = new MemoryAuthority()
  readonly scopes: LimitedScope[]
  readonly replicas: SimReplica[]
  readonly figures: Figures = { admitted: 0, refused: 0, kills: 0, real: 0n, stuck: 0n }
  readonly invariants: LeaseInvariants
  readonly #random: () => number
  readonly #network: Network
  readonly #chains: LimitedScope[][]
  #now = ORIGIN_MS
  #requests = 0
  #version = 1n
  #downUntil = new Map<SimReplica, number>()
  readonly #lastRequests = new Set<string>()
  #news: { at: number; replica: SimReplica; scope: LimitedScope; limit: NanoUsd; version: bigint }[] = []

  constructor(options: WorldOptions) {
    const { seed, faults } = options
    this.options = options
    this.#random = seededRandom(seed)
    this.#network = new Network(this.#random, STEP_MS, faults)
    this.#chains = this.#createChains()
    this.scopes = [...new Set(this.#chains.flat())]
    const skew = () => Math.floor((this.#random() * 2 - 1) * faults.clockSkewMs)
    this.replicas = Array.from({ length: 2 + this.#below(3) }, (_, at) => this.#createReplica(`r${at}`, skew()))
    for (const { limits } of this.replicas) {
      for (const { kind, id, limit, version } of this.scopes) limits.set(`${kind}|${id}`, { limit, version })
    }
    this.invariants = new LeaseInvariants(this)
  }

  get now(): number {
    return this.#now
  }

  /** Runs to the end, heals everything, and lets it come to rest. */
  run(): Figures {
    for (const replica of this.replicas) replica.start()
    for (let step = 0; step < this.options.steps; step += 1) {
      this.#advance()
      for (const replica of this.replicas) this.#disturb(replica)
      if (this.#random() < this.options.faults.limitChange) this.#changeALimit()
      this.invariants.check()
    }
    this.#comeToRest()
    this.figures.stuck = this.invariants.checkAtRest()
    return this.figures
  }

  #comeToRest(): void {
    this.#network.heal()
    this.#network.faults = NO_FAULTS
    for (const replica of this.replicas) if (replica.book === undefined) replica.start()
    for (let step = 0; step < REST_STEPS; step += 1) {
      this.#advance()
      if (step % 20 === 0) this.invariants.check()
      if (step === LAST_REQUESTS_STEP) this.#sendLastRequests()
      if (step > GIVE_BACK_STEP) for (const { book } of this.replicas) book?.giveBackAll()
    }
    this.invariants.check()
  }

  #advance(): void {
    this.#now += STEP_MS
    this.#network.step(this.#now)
    this.#tellNews()
    for (const replica of this.replicas) replica.step()
    this.options.mutant?.everyStep?.(this)
    this.authority.suspend(this.#now - SUSPEND_AFTER_MS)
  }

  #disturb(replica: SimReplica): void {
    const { faults } = this.options
    if (replica.book === undefined) {
      if (this.#now >= (this.#downUntil.get(replica) ?? 0)) replica.start()
      return
    }
    if (this.#random() < faults.partition) this.#network.cutOff(replica.name, this.#now + this.#below(150_000))
    if (this.#random() < faults.kill) this.#kill(replica)
    else if (this.#random() < 0.5) replica.admit(this.#newRequest())
  }

  #kill(replica: SimReplica): void {
    const { faults, mutant } = this.options
    this.figures.kills += 1
    const chance = this.#random()
    if (chance < faults.diskLoss) replica.loseDisk()
    else if (chance < faults.diskLoss + faults.powerLoss) replica.losePower()
    else replica.kill()
    mutant?.onKill?.(replica)
    this.#downUntil.set(replica, this.#now + this.#below(40_000))
  }

  #sendLastRequests(): void {
    const chain = this.#chains[this.#below(this.#chains.length)] ?? []
    const replica = this.replicas[this.#below(this.replicas.length)]
    const hold = replica && this.invariants.leftOf(chain, replica)
    if (hold === undefined || hold === 0n) return
    const request = { id: 'last', chain, hold, min: hold, cost: hold, lastsMs: STEP_MS }
    this.#lastRequests.add(request.id)
    replica?.admit(request)
  }

  #newRequest(): SimRequest {
    const hold = BigInt(50 + this.#below(1_500))
    this.#requests += 1
    const chain = this.#chains[this.#below(this.#chains.length)] ?? []
    const request: SimRequest = {
      id: String(this.#requests),
      chain,
      hold,
      min: hold / BigInt(1 + this.#below(8)),
      cost: BigInt(this.#below(Number(hold) + 1)),
      lastsMs: STEP_MS + this.#below(24_000),
    }
    return this.options.mutant?.request?.(request) ?? request
  }

  #createChains(): LimitedScope[][] {
    const scope = (
      kind: LimitedScope['kind'],
      id: string,
      interval: LimitedScope['interval'],
      limit: number,
    ): LimitedScope => {
      const isLimited = this.#random() < 0.8
      const nano = BigInt(Math.floor((0.2 + this.#random()) * limit))
      return { kind, id, interval, limit: isLimited ? nano : null, version: 1n }
    }
    const organization = scope('organization', 'org', 'lifetime', 400_000)
    const intervals = ['daily', 'weekly', 'monthly', 'lifetime'] as const
    return [1, 2].flatMap((at) => {
      const id = `00000000-0000-4000-8000-00000000000${at}`
      const workspace = scope('workspace', id, intervals[this.#below(4)] ?? 'daily', 150_000)
      return [1, 2].map((key) => {
        const interval = intervals[this.#below(4)] ?? 'daily'
        return [organization, workspace, scope('key', `${at}${key}`, interval, 60_000)]
      })
    })
  }

  #createReplica(name: string, wallOffsetMs: number): SimReplica {
    const replica: SimReplica = new SimReplica(name, wallOffsetMs, {
      monotonic: () => this.#now,
      random: this.#random,
      request: (request) => this.#carry(replica, request),
      post: (lines) => this.#carryPost(replica, lines),
      onAdmitted: () => {
        this.figures.admitted += 1
      },
      onRefused: (request) => {
        this.figures.refused += 1
        if (this.#lastRequests.has(request.id)) this.invariants.refusedAtRest(request, replica)
      },
      onBilled: (request, isRecorded) => this.invariants.bill(request, isRecorded),
      opensFirst: this.options.mutant?.opensFirst ?? false,
    })
    return replica
  }

  #carry(replica: SimReplica, original: LeaseRequest): void {
    const { mutant } = this.options
    const request = mutant?.leaseRequest?.(original, replica) ?? original
    const { book } = replica
    this.#network.send(replica.name, this.#now, () => {
      const answer = this.authority.handle(request, this.#now)
      this.invariants.checkCounters()
      this.#network.send(replica.name, this.#now, () => this.#hand(replica, book, answer))
      if (answer.type === 'denied') this.#spreadScarcity(answer)
    })
  }

  /** An answer reaches only the process that asked. */
  #hand(replica: SimReplica, book: SimReplica['book'], answer: LeaseAnswer): void {
    const { mutant } = this.options
    if (replica.book === book && mutant?.isLost?.(answer) !== true) book?.receive(answer)
  }

  #spreadScarcity({ counters }: Extract<LeaseAnswer, { type: 'denied' }>): void {
    for (const replica of this.replicas) {
      for (const [counter, { leased }] of counters) {
        if (leased === 0n) continue
        this.#network.send(replica.name, this.#now, () => replica.book?.nowScarce(counter))
      }
    }
  }

  #carryPost(replica: SimReplica, lines: readonly string[]): void {
    const { mutant } = this.options
    const ids = new Set(lines.map((line) => /gen-\d+-\w+/.exec(line)?.[0] ?? ''))
    if (mutant?.forgetsUnanswered) replica.acknowledge(ids)
    const { book } = replica
    this.#network.send(replica.name, this.#now, () => {
      this.authority.post(lines, mutant?.postsTwice)
      this.#network.send(replica.name, this.#now, () => {
        if (replica.book === book) replica.acknowledge(ids)
      })
    })
  }

  /** Each replica hears of it later, and tells with its next ask. */
  #changeALimit(): void {
    const scope = this.scopes[this.#below(this.scopes.length)]
    if (scope === undefined || scope.limit === null) return
    this.#version += 1n
    scope.limit = BigInt(Math.floor(Number(scope.limit) * (0.5 + this.#random())))
    scope.version = this.#version
    const { limit, version } = scope
    this.invariants.noteLimit(limit, version)
    for (const replica of this.replicas) {
      // Replicas read changes until they have them: late, but never lost.
      const heardAt = this.#now + STEP_MS + this.#below(3_000)
      this.#news.push({ at: heardAt, replica, scope, limit, version })
    }
  }

  #tellNews(): void {
    for (const { at, replica, scope, limit, version } of this.#news) {
      if (at > this.#now || replica.limitOf(scope).version >= version) continue
      replica.limits.set(`${scope.kind}|${scope.id}`, { limit, version })
      const counter = counterOf(scope, replica.wallNow)
      const endsAt = windowEndMs(scope.interval, replica.wallNow)
      const terms = { ...ALONE, organization: 'org', counter, limit, limitVersion: version }
      replica.book?.limitChanged({ ...terms, purse: counter, endsAt })
    }
    this.#news = this.#news.filter(({ at }) => at > this.#now)
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }
}
