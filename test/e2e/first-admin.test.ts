import { afterEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { Visitor } from '../harness/visitor.ts'

/* A container is set up by its settings alone: the first start makes the administrator that they name. */

const ADMIN = { email: 'ada@example.test', password: 'an engine of analysis' }
const env = { SWITCHYARD_ADMIN_EMAIL: ADMIN.email, SWITCHYARD_ADMIN_PASSWORD: ADMIN.password }
let gateway: Gateway
afterEach(() => gateway?.stop())

const signIn = async (person: { email: string; password: string }) => {
  const visitor = new Visitor(gateway.url)
  return { visitor, status: (await visitor.post('/auth-api/sign-in', person)).status }
}
const printed = () => [...gateway.stdout, ...gateway.stderr].join('\n')

test('the first start makes the administrator in place of the set-up link, on record and without telling the password', async () => {
  gateway = await startGateway({ firstStart: true, env })
  const { status, visitor } = await signIn(ADMIN)
  expect(status).toBe(200)
  expect((await visitor.get('/auth-api/session')).body.data).toMatchObject({
    user: { email: ADMIN.email },
    organization: { role: 'org:admin' },
  })
  expect((await visitor.get('/auth-api/options')).body.data.needs_set_up).toBe(false)
  const { body } = await visitor.get('/api/v1/audit-logs?action=completeSetUp')
  expect(body.data).toMatchObject([{ actor_kind: 'bootstrap', surface: 'system', after: { email: ADMIN.email } }])
  expect((await visitor.post('/api/v1/audit-logs/verify')).body.data.is_intact).toBe(true)
  expect(printed()).not.toContain('set_up_needed')
  expect(printed()).not.toContain(ADMIN.password)
})

test('a later start with other settings changes nobody, and says so in one line', async () => {
  gateway = await startGateway({ firstStart: true, env })
  const other = { email: 'eve@example.test', password: 'quite another password' }
  await gateway.restart({ SWITCHYARD_ADMIN_EMAIL: other.email, SWITCHYARD_ADMIN_PASSWORD: other.password })
  expect((await signIn(other)).status).toBe(401)
  expect((await signIn(ADMIN)).status).toBe(200)
  const lines = gateway.stdout.filter((line) => line.includes('SWITCHYARD_ADMIN_PASSWORD'))
  expect(lines).toEqual([expect.stringContaining('are ignored: there are people already')])
  expect(printed()).not.toContain(other.password)
})
