import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
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
