import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ActivityWire } from '../../src/contract/management/activity.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { toDate } from '../../src/domain/windows.ts'
import { type MadeKey, type Person, UsageWorld } from './usage-world.ts'

/*
 * Members see their own usage; viewers, administrators and billing managers that of their workspaces; administrators of the
 * organization and management keys all of it.
 */

let world: UsageWorld
let alpha: string
let beta: string
const people: Record<string, Actor> = {}
const keys: Record<string, MadeKey> = {}
const generations: Record<string, string> = {}
const today = toDate(Date.now())

beforeAll(async () => {
  world = await UsageWorld.make()
  alpha = await world.newWorkspace('Alpha')
  beta = await world.newWorkspace('Beta')
  const ada = await world.newPerson('ada', { [alpha]: 'developer', [beta]: 'viewer' })
  const dan = await world.newPerson('dan', { [alpha]: 'developer' })
  Object.assign(people, {
    ada,
    dan,
    viewer: await world.newPerson('viewer', { [alpha]: 'viewer' }),
    workspaceAdmin: await world.newPerson('wsadmin', { [alpha]: 'admin' }),
    billing: await world.newPerson('billing', { [alpha]: 'billing_manager' }),
    outsider: await world.newPerson('outsider', {}),
    orgAdmin: await world.newPerson('orgadmin', {}, true),
    management: world.management,
  })
  const owners: [string, string, Person | null][] = [
    ['adaAlpha', alpha, ada],
    ['danAlpha', alpha, dan],
    ['systemAlpha', alpha, null],
    ['danBeta', beta, dan],
  ]
  for (const [at, [name, workspaceId, owner]] of owners.entries()) {
    const key = await world.newKey(workspaceId, owner)
    keys[name] = key
    generations[name] = (await world.use(key, [{ cost: BigInt(10 ** at) * 1_000_000_000n }]))[0] ?? ''
  }
})
afterAll(async () => {
  await world?.close()
})

async function outcome(name: 'getUserActivity' | 'getGeneration', who: string, input: unknown): Promise<unknown> {
  const actor = people[who]
  if (actor === undefined) throw new Error(`nobody is called ${who}`)
  try {
    return await world.invoke(name, actor, input)
  } catch (error) {
    if (error instanceof AppError) return error.status
    throw error
  }
}

/** What the activity adds up to. Each key has spent another power of ten, so the sum tells whose usage is in it. */
async function dollars(who: string, filter: Record<string, unknown> = {}): Promise<unknown> {
  const answer = await outcome('getUserActivity', who, { date: today, ...filter })
  if (typeof answer === 'number') return answer
  return (answer as { data: ActivityWire[] }).data.reduce((sum, { usage }) => sum + usage, 0)
}

describe('activity', () => {
  test.each([
    ['ada', 1001],
    ['dan', 10],
    ['viewer', 111],
    ['workspaceAdmin', 111],
    ['billing', 111],
    ['outsider', 0],
    ['orgAdmin', 1111],
    ['management', 1111],
  ])('200 shows %s what is theirs to see, and nothing else', async (who, expected) => {
    expect(await dollars(who)).toBe(expected)
  })

  test('a filter by workspace never widens what is seen', async () => {
    expect(await dollars('ada', { workspace_id: alpha })).toBe(1)
    expect(await dollars('ada', { workspace_id: beta })).toBe(1000)
    expect(await dollars('management', { workspace_id: alpha })).toBe(111)
    expect(await dollars('dan', { workspace_id: beta })).toBe(404)
    expect(await dollars('outsider', { workspace_id: alpha })).toBe(404)
  })

  test("a filter by key finds one's own, and in a workspace that is seen whole anybody's", async () => {
    expect(await dollars('ada', { api_key_hash: keys['adaAlpha']?.hash })).toBe(1)
    expect(await dollars('ada', { api_key_hash: keys['danAlpha']?.hash })).toBe(404)
    expect(await dollars('ada', { api_key_hash: keys['systemAlpha']?.hash })).toBe(404)
    expect(await dollars('ada', { api_key_hash: keys['danBeta']?.hash })).toBe(1000)
    expect(await dollars('viewer', { api_key_hash: keys['systemAlpha']?.hash })).toBe(100)
    expect(await dollars('viewer', { api_key_hash: keys['danBeta']?.hash })).toBe(404)
  })

  test('a filter by member shows of others only what is seen anyway', async () => {
    expect(await dollars('ada', { user_id: 'user_dan' })).toBe(1000)
    expect(await dollars('dan', { user_id: 'user_ada' })).toBe(0)
    expect(await dollars('orgAdmin', { user_id: 'user_dan' })).toBe(1010)
  })

  test('the sums of the whole organization are those of its workspaces', async () => {
    expect(await dollars('management', { group_by: 'workspace' })).toBe(1111)
    expect(await dollars('orgAdmin', { group_by: 'workspace' })).toBe(await dollars('orgAdmin'))
  })

  test('grouped by workspace, each sum stands under its own', async () => {
    const answer = (await outcome('getUserActivity', 'ada', { date: today, group_by: 'workspace' })) as {
      data: ActivityWire[]
    }
    const sums = answer.data.map(({ workspace_id, usage }) => [workspace_id, usage])
    expect(Object.fromEntries(sums)).toEqual({ [alpha]: 1, [beta]: 1000 })
  })
})

describe('one generation', () => {
  test.each([
    ['ada', 'adaAlpha', 'found'],
    ['ada', 'danAlpha', 404],
    ['ada', 'danBeta', 'found'],
    ['dan', 'adaAlpha', 404],
    ['viewer', 'systemAlpha', 'found'],
    ['viewer', 'danBeta', 404],
    ['billing', 'danAlpha', 'found'],
    ['outsider', 'adaAlpha', 404],
    ['orgAdmin', 'danBeta', 'found'],
    ['management', 'systemAlpha', 'found'],
  ])('%s asking for that of %s: %s', async (who, of, expected) => {
    const answer = await outcome('getGeneration', who, { id: generations[of] })
    expect(typeof answer === 'number' ? answer : 'found').toBe(expected)
  })
})
