import type { LeaseAnswer, LeaseRequest } from '../../src/domain/lease-protocol.ts'
import type { SimReplica, SimRequest } from './sim-replica.ts'
import type { WorldState } from './world-state.ts'

/** A world in which one rule is missing. */
export interface Mutant {
  /** What is sent instead of a request. */
  leaseRequest?: (request: LeaseRequest, replica: SimReplica) => LeaseRequest
  isLost?: (answer: LeaseAnswer) => boolean
  request?: (request: SimRequest) => SimRequest
  onKill?: (replica: SimReplica) => void
  everyStep?: (world: WorldState) => void
  postsTwice?: boolean
  forgetsUnanswered?: boolean
  /** Whether requests are noted in the journal at once, and their ends some time later. */
  opensFirst?: boolean
}

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'grants are not bounded by what is free': {
    leaseRequest: (request) =>
      request.type === 'grant'
        ? { ...request, slices: request.slices.map((slice) => ({ ...slice, limit: slice.limit && slice.limit * 2n })) }
        : request,
  },
  'the newer of two limits does not win': {
    leaseRequest: (request) =>
      request.type === 'grant'
        ? { ...request, slices: request.slices.map((slice) => ({ ...slice, limitVersion: 1_000_000n })) }
        : request,
  },
  'a generation is posted as often as it comes': { postsTwice: true },
  'what is not acknowledged is forgotten': { forgetsUnanswered: true },
  'time alone gives back what a lease has left': {
    everyStep: ({ authority, now }) => {
      for (const [id, lease] of authority.leases) {
        const seenAt = authority.replicas.get(lease.replica)?.seenAt ?? 0
        if (lease.state === 'open' && now - seenAt > 30_000) {
          lease.state = 'unconfirmed'
          authority.release(id)
        }
      }
    },
  },
  'what running requests hold is given back too': {
    leaseRequest: (request, replica) => (request.type === 'return' ? withoutHolds(request, replica) : request),
  },
  'nobody asks which leases the database thinks he holds': { isLost: ({ type }) => type === 'held' },
  'a lost journal passes for an intact one': {
    onKill: ({ disk }) => {
      disk.lines = []
    },
  },
  'what never ended is not charged': {
    onKill: ({ disk }) => {
      const ended = new Set(disk.lines.filter(({ text }) => text[9] === 'D').map(({ id }) => id))
      disk.lines = disk.lines.filter(({ id }) => ended.has(id))
    },
  },
  'earlier processes leave their leases behind': {
    leaseRequest: (request) => (request.type === 'recovered' ? { ...request, generation: 0 } : request),
  },
  'a provider may pass the hold': {
    request: (request) => ({ ...request, cost: request.hold * 2n, isUncapped: true }),
  },
  'only the narrowest limit of a chain holds': { request: (request) => ({ ...request, holdsOnly: 'key' }) },
  'what begins is in the journal before what has left it the money': { opensFirst: true },
  'a hold is taken from another window than it is charged in': {
    request: (request) => ({ ...request, windowOffsetMs: -40 * 86_400_000 }),
  },
}

function withoutHolds(request: Extract<LeaseRequest, { type: 'return' }>, { running }: SimReplica): LeaseRequest {
  const held = [...running.values()].flatMap((each) => each.held.flat())
  const items = request.items.map((item) => {
    const holds = held.filter(({ lease }) => lease === item.lease)
    return { ...item, to: holds.reduce((left, { amount }) => left - amount, item.to) }
  })
  return { ...request, items }
}
