import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { symmetricDecrypt } from 'better-auth/crypto'
import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { SESSION_KEY_PURPOSE, secretTextOf } from '../../src/identity/session-cookie.ts'
import { deriveKey } from '../../src/platform/derived-key.ts'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { fromBase32, totpCode, Visitor } from '../harness/visitor.ts'
import { filesUnder, rowTexts, withDatabase } from './stored-data.ts'

/*
 * S9 on the real process: what the API takes or gives as a secret stands nowhere in clear, and what is sealed opens only where
 * it was sealed.
 */

let gateway: Gateway
afterEach(async () => void (await gateway?.stop()))

async function post(path: string, body: object): Promise<Record<string, unknown> & { data: { id: string } }> {
  const answer = await gateway.call('POST', `/api/v1${path}`, { body })
  expect(answer).toMatchObject({ status: expect.toSatisfy((status: number) => status < 300) })
  return answer.body as Record<string, unknown> & { data: { id: string } }
}

const newDestination = (canary: string) =>
  post('/observability/destinations', {
    type: 'langfuse',
    name: 'traces',
    config: { publicKey: 'pk-lf-1', secretKey: canary },
  })

test('S9: no secret that the API takes or gives is in the database, in a file or in the log', async () => {
  gateway = await startGateway()
  await post('/byok', { provider: 'openai', key: 'canary-of-byok-0123456789', name: 'mine' })
  await newDestination('canary-of-destination-0123456789')
  await post('/providers/custom', {
    slug: 'own',
    base_url: 'https://llm.example.test/v1',
    api_key: 'canary-of-provider-0123456789',
    models: [{ id: 'own/model', context_length: 8_000, free: true }],
  })
  const { data } = (await post('/keys', { name: 'rotated' })) as unknown as { data: { hash: string } }
  await post(`/keys/${data.hash}/rotate`, {
    deliver: {
      type: 'aws_secrets_manager',
      region: 'eu-central-1',
      secret_id: 'prod/key',
      access_key_id: 'AKIDCANARY',
      secret_access_key: 'canary-of-delivery-0123456789',
    },
  })
  const { token: directoryToken } = await post('/scim/tokens', { name: 'directory' })
  const invited = await post('/organization/invitations', { email: 'new@example.test' })
  const invitationToken = /token=([\w-]+)/.exec(String((invited.data as { link?: string }).link))?.[1]
  const given = [directoryToken, invitationToken].map(String)
  expect(given.every((secret) => secret.length > 40)).toBe(true)

  const rows = await withDatabase(gateway, rowTexts)
  const places = {
    database: rows.join('\n'),
    log: [...gateway.stdout, ...gateway.stderr].join('\n'),
    ...Object.fromEntries(filesUnder(gateway.dataDir).map((path) => [path, readFileSync(path, 'latin1')])),
  }
  const isIn = (text: string) => ['canary-of-', ...given].some((secret) => text.includes(secret))
  expect(Object.entries(places).flatMap(([place, text]) => (isIn(text) ? [place] : []))).toEqual([])
  // The things themselves are there.
  for (const name of ['mine', 'traces', 'own/model', 'new@example.test']) expect(places.database).toContain(name)
})

test('S9: sealed secrets that changed places are refused, not opened as those of another', async () => {
  gateway = await startGateway()
  const [one, other] = [await newDestination('canary-one-0123456789'), await newDestination('canary-other-0123456789')]
  const change = async (id: string) => {
    const body = { config: { publicKey: 'pk-lf-2' } }
    return (await gateway.call('PATCH', `/api/v1/observability/destinations/${id}`, { body })).status
  }
  expect(await change(one.data.id)).toBe(200)
  await withDatabase(gateway, async ({ kysely }) => {
    await sql`UPDATE observability_destination AS one SET secrets = other.secrets FROM observability_destination AS other
      WHERE one.id <> other.id`.execute(kysely)
  })
  for (const { data } of [one, other]) expect(await change(data.id)).toBe(500)
  expect(gateway.stdout.join('\n')).toContain('a sealed secret does not open')
  expect(gateway.stdout.join('\n')).not.toContain('canary-')
})

test('S9: a dump of the database has no seed of a second factor, no backup code, and nothing that opens them', async () => {
  gateway = await startGateway({ firstStart: true })
  const visitor = new Visitor(gateway.url)
  const password = 'an engine of analysis'
  const token = await setUpToken(gateway.stdout)
  expect((await visitor.post('/setup', { token, email: 'ada@example.test', password })).status).toBe(201)
  const enabled = await visitor.post('/auth-api/two-factor/enable', { password })
  const { secret, backup_codes: codes } = enabled.body.data as { secret: string; backup_codes: string[] }
  expect((await visitor.post('/auth-api/two-factor/confirm', { code: totpCode(secret) })).status).toBe(200)

  const { dump, row } = await withDatabase(gateway, async (database) => ({
    dump: (await rowTexts(database)).join('\n'),
    row: await database.kysely.selectFrom('two_factor').selectAll().executeTakeFirstOrThrow(),
  }))
  expect(dump).toContain(row.secret)
  const seed = fromBase32(secret)
  const inClear = [secret, ...(['latin1', 'hex', 'base64', 'base64url'] as const).map((form) => seed.toString(form))]
  const isThere = (text: string) => dump.toLowerCase().includes(text.toLowerCase())
  expect([...inClear, ...codes, ...codes.map((code) => code.replace('-', ''))].filter(isThere)).toEqual([])

  // Each is `$ba$<version>$<what is encrypted>`. The installation's secret opens it, so it is the seed that was looked for.
  const open = (sealed: string, key: string) => symmetricDecrypt({ key, data: sealed.split('$')[3] ?? '' })
  const known = readFileSync(join(gateway.dataDir, 'secret'), 'utf8').trim()
  const key = secretTextOf(deriveKey(known, SESSION_KEY_PURPOSE))
  expect(await open(row.secret, key)).toBe(seed.toString())
  expect(JSON.parse(await open(row.backup_codes, key))).toEqual(codes)
  const texts = new Set(dump.match(/[\w+/=$.-]{8,}/g))
  expect(texts.size).toBeGreaterThan(50)
  const opened = await Promise.allSettled([...texts].map((text) => open(row.secret, text)))
  expect(opened.filter(({ status }) => status === 'fulfilled')).toEqual([])
})
