import { expect, test } from 'vitest'
import type { LeaseAnswer, LeaseRequest } from '../../domain/lease-protocol.ts'
import type { Observation } from '../../observe/observation.ts'
import { LeaseLink } from './lease-link.ts'

const FROM = { replica: 'r', generation: 1 }
const grant = (ask: string): LeaseRequest => ({ type: 'grant', ...FROM, ask, slices: [] })
const RETURN: LeaseRequest = { type: 'return', ...FROM, items: [] }
const BEAT: LeaseRequest = { type: 'heartbeat', ...FROM, sentAt: 1 }

/** A link to a database that refuses what `fails` says. */
function start(fails: (request: LeaseRequest) => boolean = () => false) {
  const batches: string[][] = []
  const said: LeaseRequest[] = []
  const received: LeaseAnswer[] = []
  const observed: Observation[] = []
  const nameOf = (request: LeaseRequest) => (request.type === 'grant' ? request.ask : request.type)
  const link = new LeaseLink({
    ask: async (requests) => {
      batches.push(requests.map(nameOf))
      said.push(...requests)
      await new Promise((resolve) => setImmediate(resolve))
      if (requests.some(fails)) throw new Error('not taken')
      return requests.map((request): LeaseAnswer => ({ type: 'returned', ended: [nameOf(request)] }))
    },
    receive: (answer) => received.push(answer),
    observe: (observation) => observed.push(observation),
  })
  return { batches, said, received, observed, link }
}

test('what is said in one turn goes in its order in one batch, and what is said meanwhile in the next', async () => {
  const { batches, link, received } = start()
  for (const request of [RETURN, grant('a'), grant('b')]) link.send(request)
  setTimeout(() => link.send(grant('c')))
  await Promise.resolve()
  await Promise.resolve()
  link.send(grant('d'))
  await link.drained()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await link.drained()
  expect(batches.slice(0, 1)).toEqual([['return', 'a', 'b']])
  expect(batches.flat()).toEqual(['return', 'a', 'b', 'd', 'c'])
  expect(received).toHaveLength(5)
})

test('what waits already is not said twice', async () => {
  const { batches, link } = start()
  for (const request of [BEAT, grant('a'), BEAT, grant('a')]) link.send(request)
  await link.drained()
  expect(batches).toEqual([['heartbeat', 'a']])
})

test('money that comes back waits in one request, with the last word about each lease, however often it is said', async () => {
  const { link, said } = start()
  const back = (generation: number, lease: string, to: bigint, isFinal = false) => {
    link.send({ type: 'return', replica: 'r', generation, items: [{ lease, to, isFinal }] })
  }
  back(1, 'a', 7n)
  back(1, 'b', 3n)
  link.send(grant('c'))
  for (let turn = 0; turn < 1_000; turn += 1) back(1, 'a', 2n, true)
  back(2, 'd', 0n)
  await link.drained()
  const items = [
    { lease: 'a', to: 2n, isFinal: true },
    { lease: 'b', to: 3n, isFinal: false },
  ]
  const later = { type: 'return', replica: 'r', generation: 2, items: [{ lease: 'd', to: 0n, isFinal: false }] }
  expect(said).toEqual([{ type: 'return', ...FROM, items }, grant('c'), later])
})

test('one request that the database does not take keeps no other from being heard', async () => {
  const { batches, link, observed, received } = start((request) => request.type === 'grant' && request.ask === 'bad')
  for (const request of [grant('a'), grant('bad'), grant('c')]) link.send(request)
  await link.drained()
  expect(batches).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']])
  expect(received).toHaveLength(2)
  expect(observed.map(({ type }) => type)).toEqual(['leases_failed', 'leases_failed'])
})

test('while the database is away that is told once, and it is not asked about every request', async () => {
  const { batches, link, observed, received } = start(() => true)
  for (let at = 0; at < 10; at += 1) link.send(grant(String(at)))
  await link.drained()
  link.send(grant('later'))
  await link.drained()
  expect(batches.map(({ length }) => length)).toEqual([10, 1, 1, 1])
  expect([received.length, observed.length]).toEqual([0, 1])
})
