import { expect, test } from 'vitest'
import { answerLeaseRequest, type LeaseRows } from '../../domain/lease-authority.ts'
import type { LeaseAnswer, LeaseRequest } from '../../domain/lease-protocol.ts'
import { LEASE_TIMINGS, LeaseSession } from './lease-session.ts'

/** A session and a database that answers what it says at once. */
function start() {
  const rows: LeaseRows = { replica: undefined, counters: new Map(), leases: new Map(), replicaCount: 1, now: 0 }
  const fences: LeaseAnswer[] = []
  const send = (request: LeaseRequest) => {
    const answer = answerLeaseRequest(request, rows)
    if (answer.type === 'registered') session.onRegistered(answer)
    if (answer.type === 'beat') session.onBeat(answer)
    if (answer.type === 'fenced' && session.onFenced(answer)) fences.push(answer)
  }
  const session = new LeaseSession({ replica: 'r', process: 'p', journal: 'j', timings: LEASE_TIMINGS, send })
  const run = (from: number, to: number) => {
    for (let now = from; now <= to; now += 100) session.tick(now, true)
  }
  return { fences, rows, run, session }
}

test.each([
  ['never heard of it', undefined],
  ['knows an earlier process of it', { generation: 1, process: 'before', journal: 'j', seenAt: 0 }],
])(
  'a process whose database was replaced by an older one, which %s, begins anew and may spend again',
  (_name, older) => {
    const { fences, rows, run, session } = start()
    rows.replica = { generation: 1, process: 'before', journal: 'j', seenAt: 0 }
    run(0, 1_000)
    expect(session.from.generation).toBe(2)
    rows.replica = older
    run(1_100, 200_000)
    expect(fences).toHaveLength(1)
    expect(session.isFresh(200_000)).toBe(true)
  },
)

test('what is heard late about an earlier generation ends nothing', () => {
  const { rows, run, session } = start()
  run(0, 1_000)
  rows.replica = { generation: 2, process: 'another', journal: 'j', seenAt: 0 }
  run(1_100, 20_000)
  expect(session.from.generation).toBe(3)
  expect(session.onFenced({ type: 'fenced', generation: 1 })).toBe(false)
  expect(session.isFresh(20_000)).toBe(true)
})
