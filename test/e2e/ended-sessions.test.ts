import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { OauthClient } from '../harness/oauth-client.ts'
import { nextTotpCode, totpCode, Visitor, type VisitorAnswer } from '../harness/visitor.ts'
import { join, MEMBER_PASSWORD } from './invited.ts'

/* What somebody is changes, and what they hold of the one before ends at once (S11). */

const ADMIN = { email: 'ada@example.test', password: 'an engine of analysis' }
let gateway: Gateway
let admin: Visitor
let workspaceId: string
let count = 0

beforeAll(async () => {
  gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } })
  admin = visit()
  await admin.post('/setup', { token: await setUpToken(gateway.stdout), ...ADMIN })
  workspaceId = (await admin.post('/api/v1/workspaces', { name: 'Team', slug: 'team' })).body.data.id
})
afterAll(() => gateway.stop())

/** Each from an address of its own, whose tries nobody else uses up. */
function visit(): Visitor {
  count += 1
  return new Visitor(gateway.url, { 'x-forwarded-for': `10.0.${count >> 8}.${count & 255}` })
}

interface Person {
  id: string
  email: string
  /** Two browsers in which they are signed in. */
  here: Visitor
  there: Visitor
}

async function newPerson(fields: object = {}): Promise<Person> {
  const email = `person-${count}@example.test`
  const here = await join(admin, visit(), { email, ...fields })
  const { id } = (await here.get('/auth-api/session')).body.data.user
  return { id, email, here, there: await signIn(email) }
}

async function signIn(email: string): Promise<Visitor> {
  const visitor = visit()
  expect((await visitor.post('/auth-api/sign-in', { email, password: MEMBER_PASSWORD })).status).toBe(200)
  return visitor
}

const developerOfTeam = () => newPerson({ workspaces: [{ workspace_id: workspaceId, workspace_role: 'developer' }] })
const change = (method: string, path: string, body?: object) =>
  admin.call(method, `/api/v1${path}`, body ? { body } : {})
const reasonOf = ({ body }: VisitorAnswer) => body.error?.metadata?.reason

async function endOf(visitor: Visitor): Promise<unknown[]> {
  const session = await visitor.get('/auth-api/session')
  const operation = await visitor.get('/api/v1/workspaces')
  return [session.status, reasonOf(session), operation.status]
}

const CHANGES: [string, string, (id: string) => Promise<VisitorAnswer>][] = [
  ['a role in the organization', 'role', (id) => change('PATCH', `/organization/members/${id}`, { role: 'org:admin' })],
  [
    'a lower role in a workspace',
    'role',
    (id) => change('PATCH', `/workspaces/${workspaceId}/members/${id}`, { workspace_role: 'viewer' }),
  ],
  [
    'a higher role in a workspace',
    'role',
    (id) => change('PATCH', `/workspaces/${workspaceId}/members/${id}`, { workspace_role: 'admin' }),
  ],
  [
    'the roles of several at once',
    'role',
    (id) =>
      change('POST', `/workspaces/${workspaceId}/members/add`, { user_ids: [id], workspace_role: 'billing_manager' }),
  ],
  [
    'a role in the Default workspace, which everybody is a Developer of',
    'role',
    async (id) => {
      const { body } = await admin.get('/api/v1/workspaces')
      const { id: at } = body.data.find(
        ({ is_default, slug }: Record<string, unknown>) => is_default || slug === 'default',
      )
      return await change('PATCH', `/workspaces/${at}/members/${id}`, { workspace_role: 'viewer' })
    },
  ],
  ['leaving a workspace', 'role', (id) => change('DELETE', `/workspaces/${workspaceId}/members/${id}`)],
  [
    'leaving a workspace with others',
    'role',
    (id) => change('POST', `/workspaces/${workspaceId}/members/remove`, { user_ids: [id] }),
  ],
  ['leaving the organization', 'removed', (id) => change('DELETE', `/organization/members/${id}`)],
]

describe('S11: every session of a person ends at once, and its browser is told why, with', () => {
  test.each(CHANGES)('%s', async (_what, reason, act) => {
    const { here, id, there } = await developerOfTeam()
    expect((await act(id)).status).toBe(200)
    for (const browser of [here, there]) expect(await endOf(browser)).toEqual([401, `ended_${reason}`, 401])
  })

  test('another group in the directory, and with being deactivated there', async () => {
    const { token } = (await admin.post('/api/v1/scim/tokens', { name: 'directory' })).body
    const scim = (method: string, path: string, body: object) =>
      fetch(`${gateway.url}/scim/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify(body),
      })
    const { email, here } = await developerOfTeam()
    const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: email, active: true }
    const { id } = (await (await scim('POST', '/Users', { ...user, emails: [{ value: email }] })).json()) as {
      id: string
    }
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group']
    const group = (await (await scim('POST', '/Groups', { schemas, displayName: 'Leads' })).json()) as { id: string }
    const mapped = await change('POST', '/scim/group-mappings', {
      scim_group_id: group.id,
      workspace_id: workspaceId,
      role: 'admin',
    })
    expect(mapped.status).toBe(201)
    expect((await here.get('/auth-api/session')).status).toBe(200)
    const patch = (value: object) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [value],
    })
    await scim('PATCH', `/Groups/${group.id}`, patch({ op: 'add', path: 'members', value: [{ value: id }] }))
    expect(await endOf(here)).toEqual([401, 'ended_role', 401])
    const again = await signIn(email)
    await scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false }))
    expect(await endOf(again)).toEqual([401, 'ended_removed', 401])
  })
})

describe('S11: the other sessions of a person end', () => {
  test('with a role that they change themselves, and the one that changed it goes on', async () => {
    const { email, here, id } = await newPerson({ role: 'org:admin' })
    const there = await signIn(email)
    const path = `/api/v1/organization/members/${id}`
    expect((await here.call('PATCH', path, { body: { role: 'org:member' } })).status).toBe(200)
    expect((await here.get('/auth-api/session')).body.data.organization.role).toBe('org:member')
    expect(await endOf(there)).toEqual([401, 'ended_role', 401])
  })

  test('with another password', async () => {
    const { here, there } = await newPerson()
    const passwords = { current_password: MEMBER_PASSWORD, new_password: 'quite another password' }
    expect((await here.post('/auth-api/password/change', passwords)).status).toBe(200)
    expect((await here.get('/auth-api/session')).status).toBe(200)
    expect(await endOf(there)).toEqual([401, 'ended_password', 401])
  })

  test('with a second factor that comes, and with one that goes', async () => {
    const { email, here, there } = await newPerson()
    const password = MEMBER_PASSWORD
    const { secret } = (await here.post('/auth-api/two-factor/enable', { password })).body.data
    expect((await there.get('/auth-api/session')).status).toBe(200)
    const before = here.copy()
    expect((await here.post('/auth-api/two-factor/confirm', { code: totpCode(secret) })).status).toBe(200)
    expect(await endOf(there)).toEqual([401, 'ended_second_factor', 401])
    expect((await before.get('/api/v1/workspaces')).status).toBe(401)
    const again = await signIn(email)
    expect((await again.post('/auth-api/sign-in/second-factor', { code: nextTotpCode(secret) })).status).toBe(200)
    expect((await here.post('/auth-api/two-factor/disable', { password })).status).toBe(200)
    expect((await here.get('/auth-api/session')).body.data.user.has_second_factor).toBe(false)
    expect(await endOf(again)).toEqual([401, 'ended_second_factor', 401])
  })

  test('when they end them', async () => {
    const { here, there } = await newPerson()
    await here.post('/auth-api/sessions/end-others')
    expect(await endOf(there)).toEqual([401, 'ended_by_owner', 401])
  })
})

describe('S11: a session goes on', () => {
  test('of an administrator of the organization, whatever their role in a workspace becomes', async () => {
    const { here, id } = await newPerson({ role: 'org:admin' })
    const added = { user_ids: [id], workspace_role: 'viewer' }
    await change('POST', `/workspaces/${workspaceId}/members/add`, added)
    await change('PATCH', `/workspaces/${workspaceId}/members/${id}`, { workspace_role: 'admin' })
    expect((await change('DELETE', `/workspaces/${workspaceId}/members/${id}`)).status).toBe(200)
    expect((await here.get('/auth-api/session')).status).toBe(200)
  })

  test('when its member joins a workspace, keeps the role, or another limit', async () => {
    const { here, id } = await newPerson()
    await change('POST', `/workspaces/${workspaceId}/members/add`, { user_ids: [id], workspace_role: 'developer' })
    const member = `/workspaces/${workspaceId}/members/${id}`
    for (const body of [{ workspace_role: 'developer' }, { spending_limit_usd: 5, limit_reset: 'daily' }])
      expect((await change('PATCH', member, body)).status).toBe(200)
    expect((await change('PATCH', `/organization/members/${id}`, { role: 'org:member' })).status).toBe(200)
    expect((await here.get('/auth-api/session')).status).toBe(200)
  })

  test('when somebody else’s role changes', async () => {
    const [one, other] = [await developerOfTeam(), await developerOfTeam()]
    await change('PATCH', `/workspaces/${workspaceId}/members/${one.id}`, { workspace_role: 'viewer' })
    expect((await other.here.get('/auth-api/session')).status).toBe(200)
  })
})

describe('S11: a key that a client got by OAuth', () => {
  const clientKeyOf = async ({ here }: Person, fields: object = {}) => {
    const client = await OauthClient.register(gateway.url)
    const code = await client.approvedBy(here, { workspace_id: workspaceId, ...fields })
    return String((await client.exchange(code)).access_token)
  }
  const statusOf = async (key: string) => (await gateway.call('GET', '/api/v1/key', { key })).status

  test('ends when its approver loses what it carries, and stays ended when they have it again', async () => {
    const person = await developerOfTeam()
    const key = await clientKeyOf(person)
    expect(await statusOf(key)).toBe(200)
    const path = `/workspaces/${workspaceId}/members/${person.id}`
    await change('PATCH', path, { workspace_role: 'viewer' })
    expect(await statusOf(key)).toBe(401)
    await change('PATCH', path, { workspace_role: 'developer' })
    expect(await statusOf(key)).toBe(401)
  })

  test('goes on when its approver loses nothing of it, and so does a key that they made themselves', async () => {
    const person = await developerOfTeam()
    const key = await clientKeyOf(person)
    const own = (await person.here.post('/api/v1/keys', { name: 'own', workspace_id: workspaceId })).body.key
    const path = `/workspaces/${workspaceId}/members/${person.id}`
    await change('PATCH', path, { workspace_role: 'admin' })
    expect([await statusOf(key), await statusOf(own)]).toEqual([200, 200])
    await change('PATCH', path, { workspace_role: 'viewer' })
    await change('PATCH', path, { workspace_role: 'developer' })
    expect([await statusOf(key), await statusOf(own)]).toEqual([401, 200])
  })

  test('that administers ends with its approver’s part in administering', async () => {
    const person = await newPerson({ role: 'org:admin' })
    const key = await clientKeyOf(person, { may_administer: true })
    expect((await gateway.call('GET', '/api/v1/workspaces', { key })).status).toBe(200)
    await change('PATCH', `/organization/members/${person.id}`, { role: 'org:member' })
    expect(await statusOf(key)).toBe(401)
  })

  test('is given to no client but the one that it was approved for', async () => {
    const { here } = await newPerson()
    const client = await OauthClient.register(gateway.url)
    const other = await OauthClient.register(gateway.url, 'Another client')
    const code = await client.approvedBy(here)
    expect(await other.exchange(code)).toMatchObject({ error: 'invalid_grant' })
    expect(await client.exchange(code)).toMatchObject({ token_type: 'Bearer' })
  })
})
