import { expect, test } from 'vitest'
import { createUsedOverlaps } from './end-used-overlaps.ts'

const KEY = { hash: 'a', organizationId: 'org_1' }

function setUp() {
  const used: (typeof KEY)[] = []
  const statuses = new Map<string, string>()
  const ended: string[] = []
  let questions = 0
  const tick = createUsedOverlaps({
    takeUsed: () => used.splice(0),
    findDeliveries: async (hashes) => {
      questions += 1
      return hashes.flatMap((hash) => {
        const status = statuses.get(hash)
        return status === undefined ? [] : [{ hash, status }]
      })
    },
    end: async ({ hash }) => void ended.push(hash),
  })
  return { used, statuses, ended, tick, questions: () => questions }
}

test('a secret that was delivered and used ends those before it, once', async () => {
  const { ended, questions, statuses, tick, used } = setUp()
  statuses.set('a', 'delivered')
  used.push(KEY, KEY)
  await tick()
  await tick()
  expect([ended, questions()]).toEqual([['a'], 1])
})

test('a use before the receiver has said that it took the secret counts when it has said so', async () => {
  const { ended, statuses, tick, used } = setUp()
  statuses.set('a', 'pending')
  used.push(KEY)
  await tick()
  expect(ended).toEqual([])
  statuses.set('a', 'delivered')
  await tick()
  expect(ended).toEqual(['a'])
})

test('a use of what failed or was never delivered ends nothing, and is not asked about again', async () => {
  const { ended, questions, statuses, tick, used } = setUp()
  used.push(KEY)
  await tick()
  statuses.set('a', 'delivered')
  await tick()
  expect([ended, questions()]).toEqual([[], 1])
})

test('without a use nothing is asked', async () => {
  const { questions, tick } = setUp()
  await tick()
  expect(questions()).toBe(0)
})
