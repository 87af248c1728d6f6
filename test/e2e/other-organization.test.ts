import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashSecretKey, maskSecretKey, newSecretKey } from '../../src/platform/secret-key.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, readData } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

/** Another organization on the same installation. There is no way to it through the API, so it is put into the database. */
const OTHER = { organization: 'org-other', workspace: randomUUID(), management: newSecretKey(), key: newSecretKey() }

let upstream: ScriptedUpstream
let gateway: Gateway
/** A generation of the other organization. */
let generation: string
let ownWorkspace: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
  await withDatabase(gateway, async ({ kysely }) => {
    const { organization, workspace } = OTHER
    await sql`INSERT INTO organization VALUES (${organization}, 'Other', now())`.execute(kysely)
    await sql`INSERT INTO organization_head (organization_id) VALUES (${organization})`.execute(kysely)
    await sql`INSERT INTO workspace (id, organization_id, slug, name, is_default, created_at)
      VALUES (${workspace}, ${organization}, 'default', 'Default', true, now())`.execute(kysely)
    for (const [type, secret, owner] of [
      ['management', OTHER.management, null],
      ['standard', OTHER.key, workspace],
    ] as const) {
      await sql`INSERT INTO api_key (hash, organization_id, workspace_id, type, name, label, created_at)
        VALUES (${hashSecretKey(secret)}, ${organization}, ${owner}, ${type}, 'other', ${maskSecretKey(secret)}, now())`.execute(
        kysely,
      )
    }
  })
  const answer = await chat(gateway, OTHER.key)
  expect(answer.status).toBe(200)
  generation = idOf(answer)
  ownWorkspace = String((await readData(gateway, '/api/v1/workspaces/default'))['id'])
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

test('each organization sees its own and works', async () => {
  expect(await readData(gateway, `/api/v1/generation?id=${generation}`, OTHER.key)).toMatchObject({ id: generation })
  expect(await readData(gateway, '/api/v1/workspaces/default', OTHER.management)).toMatchObject({ id: OTHER.workspace })
  expect(ownWorkspace).not.toBe(OTHER.workspace)
})

test.each([
  ['GET', 'a workspace', (other) => `workspaces/${other.workspace}`],
  ['PATCH', 'a workspace', (other) => `workspaces/${other.workspace}`],
  ['DELETE', 'a workspace', (other) => `workspaces/${other.workspace}`],
  ['GET', 'the members of a workspace', (other) => `workspaces/${other.workspace}/members`],
  ['GET', 'a key', (other) => `keys/${hashSecretKey(other.key)}`],
  ['PATCH', 'a key', (other) => `keys/${hashSecretKey(other.key)}`],
  ['DELETE', 'a key', (other) => `keys/${hashSecretKey(other.key)}`],
  ['DELETE', 'a management key', (other) => `keys/${hashSecretKey(other.management)}`],
  ['GET', 'a generation', () => `generation?id=${generation}`],
  ['GET', 'the keys of a workspace', (other) => `keys?workspace_id=${other.workspace}`],
  ['GET', 'the activity of a workspace', (other) => `activity?workspace_id=${other.workspace}`],
  ['GET', 'the activity of a key', (other) => `activity?api_key_hash=${hashSecretKey(other.key)}`],
] as [string, string, (other: typeof OTHER) => string][])(
  '%s %s of another organization is 404, word for word as if it did not exist',
  async (method, _what, path) => {
    const body = method === 'PATCH' ? { body: { name: 'mine now' } } : {}
    const foreign = await gateway.call(method, `/api/v1/${path(OTHER)}`, body)
    const nothing = { ...OTHER, workspace: randomUUID(), key: newSecretKey(), management: newSecretKey() }
    const missing = path(nothing).replace(generation, `${generation.slice(0, -4)}zzzz`)
    const unknown = await gateway.call(method, `/api/v1/${missing}`, body)
    expect(foreign.status).toBe(404)
    expect([foreign.status, foreign.body]).toEqual([unknown.status, unknown.body])
  },
)

test('a key cannot be put into a workspace of another organization', async () => {
  const body = { name: 'intruder', workspace_id: OTHER.workspace }
  expect((await gateway.call('POST', '/api/v1/keys', { body })).status).toBe(404)
})

test('lists and sums of one organization hold nothing of the other', async () => {
  const today = new Date().toISOString().slice(0, 10)
  for (const path of ['workspaces', 'keys', 'keys?type=management', 'credits', `activity?date=${today}`]) {
    const mine = await gateway.call('GET', `/api/v1/${path}`)
    expect(mine.status).toBe(200)
    const text = JSON.stringify(mine.body)
    for (const foreign of [OTHER.workspace, hashSecretKey(OTHER.key), hashSecretKey(OTHER.management)]) {
      expect(text).not.toContain(foreign)
    }
  }
  expect(await readData(gateway, '/api/v1/credits')).toMatchObject({ total_usage: 0 })
  expect(await readData(gateway, `/api/v1/activity?date=${today}`)).toEqual([])
})

test('after all that the other organization has lost nothing', async () => {
  expect((await chat(gateway, OTHER.key)).status).toBe(200)
  expect(await readData(gateway, '/api/v1/workspaces/default', OTHER.management)).toMatchObject({ name: 'Default' })
})
