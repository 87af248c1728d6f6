import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { updateKeys } from '../../../src/contract/management/keys.ts'
import { SECURITY_EVENT_OPERATIONS, type SecurityEventWire } from '../../../src/contract/management/security-events.ts'
import type { RequestOf } from '../../../src/contract/operation.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import type { SecurityEvent } from '../../../src/gateway/ports.ts'
import { postSecurityEvents } from '../../../src/store/post-security-events.ts'
import { eventually, NO_HASH, NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'
import { type MadeKey, type Person, UsageWorld } from '../usage-world.ts'

const { listSecurityEvents } = SECURITY_EVENT_OPERATIONS
const PATH = '/api/v1/security-events'
const CHAT = '/api/v1/chat/completions'
const MINUTE_MS = 60_000

describe('over HTTP', () => {
  test('200 calls from a forbidden address, with a dead key and from a foreign page, with exactly the declared keys', async () => {
    const { id } = await newWorkspace()
    const before = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
    const shut = await newKey({ workspace_id: id, name: 'shut', allowed_ips: ['203.0.113.0/24'] })
    for (const status of [403, 403]) expect((await send('POST', CHAT, { key: shut.key, body: {} })).status).toBe(status)
    const dead = await newKey({ workspace_id: id, name: 'dead' })
    await call(updateKeys, { hash: dead.data.hash, disabled: true })
    expect((await send('POST', CHAT, { key: dead.key, body: {} })).status).toBe(401)
    const shown = await newKey({ workspace_id: id, name: 'shown' })
    const headers = { origin: 'https://elsewhere.example' }
    await send('POST', CHAT, { key: shown.key, body: {}, headers })
    const { data } = await eventually(
      () => call(listSecurityEvents, { workspace_id: id }),
      (answer) => answer.data.reduce((sum, { count }) => sum + count, 0) === 4,
    )
    const answer = await send('GET', `${PATH}?workspace_id=${id}&kind=dead_key`)
    const common = { workspace_id: id, network: '127.0.0.0', ip: '127.0.0.1' }
    expect(expectAnswer(answer, 200, listSecurityEvents.output)).toEqual({
      data: [
        {
          ...common,
          kind: 'dead_key',
          minute: expect.stringMatching(/:00\.000Z$/),
          count: 1,
          api_key_id: dead.data.id,
          api_key_hash: dead.data.hash,
          api_key_name: 'dead',
          origin: null,
        },
      ],
      next_cursor: null,
    })
    for (const { minute } of data) expect(Date.parse(minute)).toBeGreaterThanOrEqual(before)
    const ofPage = data.find(({ kind }) => kind === 'foreign_origin')
    expect(ofPage).toMatchObject({ ...common, api_key_name: 'shown', origin: 'https://elsewhere.example' })
    const ofShut = await call(listSecurityEvents, { api_key_hash: shut.data.hash })
    expect(ofShut.data.map(({ kind }) => kind)).toContain('forbidden_address')
    expect(ofShut.data.reduce((sum, { count }) => sum + count, 0)).toBe(2)
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['kind=lost', 'kind'],
    ['workspace_id=default', 'workspace_id'],
    ['from=2026-08-01', 'from'],
    ['to=2026-08-01', 'to'],
    ['from=2026-08-02T00:00:00Z&to=2026-08-01T00:00:00Z', 'to'],
    ['cursor=abc', 'cursor'],
    [`cursor=${Buffer.from('9999999999999999 1 dead_key 10.0.0.0/24').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('0 1 lost 10.0.0.0/24').toString('base64url')}`, 'cursor'],
    ['offset=5', 'offset'],
  ])('400 names what is wrong in ?%s', async (query, name) => {
    expectError(await send('GET', `${PATH}?${query}`), 400, name)
  })

  test.each([
    ['workspace', `workspace_id=${NO_UUID}`],
    ['key', `api_key_hash=${NO_HASH}`],
  ])('404 for an unknown %s', async (_name, query) => {
    expectError(await send('GET', `${PATH}?${query}`), 404, 'not found')
  })

  test('403 for a key that calls models', async () => {
    const { key } = await newKey()
    expect((await send('GET', PATH, { key })).status).toBe(403)
  })
})

describe('over many events', () => {
  let world: UsageWorld
  let alpha: string
  let admin: Person
  let developer: Person
  let alphaKey: MadeKey
  const start = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 60 * MINUTE_MS

  beforeAll(async () => {
    world = await UsageWorld.make()
    alpha = await world.newWorkspace('Alpha')
    const beta = await world.newWorkspace('Beta')
    admin = await world.newPerson('admin', { [alpha]: 'admin' })
    developer = await world.newPerson('developer', { [alpha]: 'developer' })
    alphaKey = await world.newKey(alpha, developer)
    await post(alphaKey, 30)
    await post(await world.newKey(beta, null), 10)
    await post({ ...alphaKey, id: 999_999n, workspaceId: null }, 1)
  })
  afterAll(async () => {
    await world?.close()
  })

  /** Three a minute, of networks that differ, so that pages end amid a minute. */
  async function post(key: { id: bigint; workspaceId: string | null }, count: number): Promise<void> {
    const events = Array.from(
      { length: count },
      (_, at): SecurityEvent => ({
        kind: at % 2 === 0 ? 'forbidden_address' : 'dead_key',
        keyId: key.id,
        organizationId: world.world.ours.actor.organizationId,
        workspaceId: key.workspaceId,
        network: at === 0 ? '' : `10.0.${at}.0/24`,
        minute: start + Math.floor(at / 3) * MINUTE_MS,
        ip: at === 0 ? null : `10.0.${at}.7`,
        origin: null,
        count: at + 1,
      }),
    )
    await postSecurityEvents(world.world.database.kysely, events)
  }

  const page = (query: RequestOf<typeof listSecurityEvents>, actor: Actor = world.management) =>
    world.invoke<{ data: SecurityEventWire[]; next_cursor: string | null }>('listSecurityEvents', actor, query)
  const count = async (query: RequestOf<typeof listSecurityEvents>, actor?: Actor) =>
    (await page({ limit: 100, ...query }, actor)).data.length

  test.each([1, 7, 30, 100])('pages of %i go through all of it once, newest first, without a gap', async (limit) => {
    const seen: SecurityEventWire[] = []
    let cursor: string | undefined
    do {
      const { data, next_cursor } = await page({ workspace_id: alpha, limit, ...(cursor ? { cursor } : {}) })
      if (next_cursor !== null) expect(data).toHaveLength(limit)
      seen.push(...data)
      cursor = next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(seen.map((event) => event.count).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, at) => at + 1),
    )
    const minutes = seen.map(({ minute }) => minute)
    expect(minutes).toEqual(minutes.toSorted().reverse())
    expect(seen.find((event) => event.count === 1)).toMatchObject({ network: null, ip: null })
  })

  test('filters by kind, key and time', async () => {
    expect(await count({ workspace_id: alpha, kind: 'dead_key' })).toBe(15)
    expect(await count({ workspace_id: alpha, kind: 'foreign_origin' })).toBe(0)
    expect(await count({ api_key_hash: alphaKey.hash })).toBe(30)
    const [from, to] = [1, 3].map((minutes) => new Date(start + minutes * MINUTE_MS).toISOString())
    expect(await count({ workspace_id: alpha, from, to })).toBe(6)
  })

  test('an Admin of a workspace sees what is of it, a Developer nothing, and the organization all', async () => {
    expect(await count({})).toBe(41)
    expect(await count({}, admin)).toBe(30)
    await expect(count({}, developer)).rejects.toMatchObject({ status: 403 })
  })

  test('of a key that is gone the number is left', async () => {
    const { data } = await page({ limit: 100 })
    expect(data.find(({ api_key_id }) => api_key_id === 999_999)).toMatchObject({
      api_key_hash: null,
      workspace_id: null,
    })
  })
})
