import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../test/harness/test-store.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Database } from './database.ts'
import { Followers } from './followers.ts'

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  beforeAll(async () => {
    ;({ database, close } = await openTestStore(mode))
  })
  afterAll(() => close())

  const newFollowers = () => new Followers({ db: database.kysely, clock, id: randomUUID(), staleMs: 30_000 })

  test('others are found from their first contact until they leave, whenever this process was in contact itself', async () => {
    const [one, other] = [newFollowers(), newFollowers()]
    await one.renew()
    expect(await one.findOthers()).toBe(false)
    await other.renew()
    expect([await one.findOthers(), await other.findOthers()]).toEqual([true, true])
    await other.leave()
    expect(await one.findOthers()).toBe(false)
  })
})
