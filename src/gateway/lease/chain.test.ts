import { expect, test } from 'vitest'
import { aKey, limitsOfWorkspace, makeSpending } from '../../../test/harness/spenders.ts'
import { chargeCounter } from '../../domain/lease-authority.ts'
import { roomAtMost } from './chain.ts'

test('what is posted while the limit is asked about is not counted twice against what may come back', () => {
  const { authority, book, chains, hold, limits, room } = makeSpending()
  const workspace = limitsOfWorkspace()
  limits.put(workspace)
  const chain = chains.of({ key: aKey({ limit: 10n }), workspace, project: null, kind: 'credit' })
  const ended = hold(chain, 5n) ?? expect.fail()
  hold(chain, 5n) ?? expect.fail()
  const [limit = expect.fail()] = chain.limits
  const counter = authority.counters.get(limit.counter) ?? expect.fail()
  // The database has it, and this process is still to hear that.
  for (const piece of book.settle(ended, 5n)) {
    chargeCounter(counter, piece.amount, [{ piece, lease: authority.leases.get(piece.lease) ?? expect.fail() }])
  }
  room(chain)
  expect(roomAtMost(limit, book.standing(limit.purse) ?? expect.fail())).toBe(5n)
})
