import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type Mailbox, startMailbox } from '../harness/mailbox.ts'
import { type IdentityScript, ScriptedIdentityProvider } from '../harness/scripted-identity-provider.ts'
import { SoftPasskey } from '../harness/soft-passkey.ts'
import { Visitor, type VisitorAnswer } from '../harness/visitor.ts'

/* Ways in beside a password: an invitation, signing up, a passkey, an identity provider; and an MCP client's way. */

const ADMIN = { email: 'ada@example.test', password: 'an engine of analysis' }
const PASSWORD = 'a long enough password'
let mailbox: Mailbox
let provider: ScriptedIdentityProvider
let gateway: Gateway
let url: string

beforeAll(async () => {
  mailbox = await startMailbox()
  provider = await new ScriptedIdentityProvider().start()
  gateway = await startGateway({
    env: {
      SMTP_URL: mailbox.url,
      SWITCHYARD_SIGNUP: 'open',
      SWITCHYARD_SIM: 'on',
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      OIDC_NAME: 'Example',
    },
  })
  url = gateway.url
  const made = await visit().post('/setup', { token: await setUpToken(gateway.stdout), ...ADMIN })
  expect(made.status).toBe(201)
})

afterAll(async () => {
  await gateway.stop()
  await provider.close()
  await mailbox.close()
})

const visit = () => new Visitor(url)
const reasonOf = ({ body }: VisitorAnswer) => body.error?.metadata?.reason

async function signedIn(person = ADMIN): Promise<Visitor> {
  const visitor = visit()
  const { status, body } = await visitor.post('/auth-api/sign-in', person)
  expect([status, body]).toEqual([200, { data: { status: 'signed_in' } }])
  return visitor
}

async function tokenFor(to: string, page: string): Promise<string> {
  const find = () => {
    const mail = mailbox.mails.findLast((one) => one.to.includes(to) && one.text.includes(`${page}?token=`))
    return mail === undefined ? undefined : new RegExp(`${page}\\?token=([\\w-]+)`).exec(mail.text)?.[1]
  }
  await expect.poll(find, { timeout: 10_000 }).toBeDefined()
  return find() ?? ''
}

describe('an invitation', () => {
  test('makes a member who is signed in, with the role at once, by one call', async () => {
    const admin = await signedIn()
    const { body: workspaces } = await admin.get('/api/v1/workspaces')
    const workspace_id = workspaces.data[0].id
    const email = 'grace@example.test'
    const invited = await admin.post('/api/v1/organization/invitations', {
      email,
      workspaces: [{ workspace_id, workspace_role: 'viewer' }],
    })
    expect(invited.status).toBe(201)
    const token = await tokenFor(email, '/invitations/accept')
    const grace = visit()
    const look = await grace.post('/auth-api/invitations/look', { token })
    expect(look.body.data).toMatchObject({ email, role: 'org:member', needs: 'password' })
    expect(reasonOf(await grace.post('/auth-api/invitations/accept', { token }))).toBe('password')
    expect(reasonOf(await grace.post('/auth-api/invitations/accept', { token, password: 'short' }))).toBe('password')
    const accepted = await grace.post('/auth-api/invitations/accept', {
      token,
      password: PASSWORD,
      first_name: 'Grace',
    })
    expect(accepted.body).toEqual({ data: { status: 'signed_in' } })
    const { body } = await grace.get('/auth-api/session')
    expect(body.data).toMatchObject({ user: { email, first_name: 'Grace' }, organization: { role: 'org:member' } })
    expect(body.data.permissions.workspaces[workspace_id]).toMatchObject({ 'analytics:read': 'ws' })
    expect(body.data.permissions.workspaces[workspace_id]).not.toHaveProperty('key:create')
    expect((await grace.post('/api/v1/keys', { name: 'no' })).status).toBe(403)
    expect((await visit().post('/auth-api/invitations/look', { token })).status).toBe(404)
    await signedIn({ email, password: PASSWORD })
  })

  test('to somebody who has a login is accepted, and their password stays theirs', async () => {
    const email = 'founder@example.test'
    await signUp(email, 'Founders')
    const admin = await signedIn()
    await admin.post('/api/v1/organization/invitations', { email })
    const token = await tokenFor(email, '/invitations/accept')
    const stranger = visit()
    expect((await stranger.post('/auth-api/invitations/look', { token })).body.data.needs).toBe('sign_in')
    const accepted = await stranger.post('/auth-api/invitations/accept', { token, password: 'chosen by somebody else' })
    expect(accepted.body).toEqual({ data: { status: 'sign_in_needed' } })
    expect((await stranger.get('/auth-api/session')).status).toBe(401)
    const founder = await signedIn({ email, password: PASSWORD })
    const { body } = await founder.get('/auth-api/session')
    expect(body.data.organizations.map(({ role }: { role: string }) => role)).toEqual(['org:admin', 'org:member'])
  })
})

async function signUp(email: string, organization_name: string): Promise<Visitor> {
  const visitor = visit()
  expect((await visitor.post('/auth-api/sign-up', { email })).body.data.status).toBe('sent')
  const token = await tokenFor(email, '/sign-up/complete')
  const done = await visitor.post('/auth-api/sign-up/complete', { token, password: PASSWORD, organization_name })
  expect(done.body).toEqual({ data: { status: 'signed_in' } })
  return visitor
}

describe('signing up', () => {
  test('makes an organization of one own, apart from others', async () => {
    const visitor = await signUp('own@example.test', 'Own business')
    const { body } = await visitor.get('/auth-api/session')
    expect(body.data.organization).toMatchObject({ name: 'Own business', role: 'org:admin' })
    expect(body.data.organizations).toHaveLength(1)
    const workspaces = await visitor.get('/api/v1/workspaces')
    expect(workspaces.body.data.map(({ slug }: { slug: string }) => slug)).toEqual(['default'])
    const made = await visitor.post('/api/v1/keys', { name: 'mine' })
    expect(made.status).toBe(201)
    const answer = await gateway.call('POST', '/api/v1/chat/completions', {
      key: made.body.key,
      body: { model: 'sim/echo', messages: [{ role: 'user', content: 'Hello' }] },
    })
    expect(answer.status).toBe(200)
    const { body: log } = await visitor.get('/api/v1/audit-logs?action=signUp')
    expect(log.data).toHaveLength(1)
  })

  test('again sends word instead of a link, and answers alike', async () => {
    const before = mailbox.mails.length
    expect((await visit().post('/auth-api/sign-up', { email: ADMIN.email })).body).toEqual({ data: { status: 'sent' } })
    await expect.poll(() => mailbox.mails.length, { timeout: 10_000 }).toBe(before + 1)
    expect(mailbox.mails.at(-1)?.text).toContain('You have a login already')
  })
})

describe('organizations', () => {
  test('are switched by a new session, and only to one of them', async () => {
    const email = 'both@example.test'
    const both = await signUp(email, 'Second home')
    const admin = await signedIn()
    await admin.post('/api/v1/organization/invitations', { email })
    const accepted = await both.post('/auth-api/invitations/accept', {
      token: await tokenFor(email, '/invitations/accept'),
    })
    expect(accepted.body).toEqual({ data: { status: 'signed_in' } })
    const { organizations, organization } = (await both.get('/auth-api/session')).body.data
    expect(organization.role).toBe('org:member')
    const own = organizations.find(({ name }: { name: string }) => name === 'Second home')
    const before = both.copy()
    expect((await both.post('/auth-api/organization', { organization_id: own.id })).status).toBe(200)
    expect((await both.get('/auth-api/session')).body.data.organization).toEqual(own)
    expect((await both.get('/api/v1/organization/members')).body.data).toHaveLength(1)
    expect((await before.get('/auth-api/session')).status).toBe(401)
    const admins = (await admin.get('/auth-api/session')).body.data
    expect((await admin.post('/auth-api/organization', { organization_id: own.id })).status).toBe(404)
    expect((await admin.get('/auth-api/session')).body.data.organization).toEqual(admins.organization)
  })
})

describe('a passkey', () => {
  let passkey: SoftPasskey

  test('is made in a session and signs in without a password', async () => {
    const visitor = await signedIn()
    passkey = new SoftPasskey(url)
    const { body } = await visitor.post('/auth-api/passkeys/options')
    const response = passkey.register(body.data.options)
    const made = await visitor.post('/auth-api/passkeys', { name: 'Laptop', response })
    expect([made.status, made.body]).toEqual([200, { data: { id: passkey.id, name: 'Laptop' } }])
    // A challenge is good once.
    expect(reasonOf(await visitor.post('/auth-api/passkeys', { name: 'Again', response }))).toBe('bad_passkey')
    expect((await visitor.get('/auth-api/passkeys')).body.data).toMatchObject([{ id: passkey.id, last_used_at: null }])

    const newcomer = new Visitor(url)
    expect((await answer(newcomer, passkey)).body).toEqual({ data: { status: 'signed_in' } })
    expect((await newcomer.get('/auth-api/session')).body.data.user.email).toBe(ADMIN.email)
  })

  test('that nobody has registered, whose holder was not checked, or with a challenge that was used, opens nothing', async () => {
    expect(reasonOf(await answer(new Visitor(url), new SoftPasskey(url)))).toBe('wrong_credentials')
    expect(reasonOf(await answer(new Visitor(url), passkey, { isVerified: false }))).toBe('wrong_credentials')
    const visitor = new Visitor(url)
    const { body } = await visitor.post('/auth-api/sign-in/passkey/options')
    expect(
      (await visitor.post('/auth-api/sign-in/passkey', { response: passkey.signIn(body.data.options) })).status,
    ).toBe(200)
    const again = await visitor.post('/auth-api/sign-in/passkey', { response: passkey.signIn(body.data.options) })
    expect(reasonOf(again)).toBe('wrong_credentials')
  })

  test('is taken away by its owner', async () => {
    const visitor = await signedIn()
    expect((await visitor.call('DELETE', `/auth-api/passkeys/${passkey.id}`, {})).status).toBe(200)
    expect(reasonOf(await answer(new Visitor(url), passkey))).toBe('wrong_credentials')
  })

  test('opens nothing for who is in no organization any more, and says so', async () => {
    const email = 'leaver@example.test'
    const admin = await signedIn()
    await admin.post('/api/v1/organization/invitations', { email })
    const leaver = visit()
    const token = await tokenFor(email, '/invitations/accept')
    await leaver.post('/auth-api/invitations/accept', { token, password: PASSWORD })
    const own = new SoftPasskey(url)
    const { body } = await leaver.post('/auth-api/passkeys/options')
    await leaver.post('/auth-api/passkeys', { name: 'Own', response: own.register(body.data.options) })
    const { id } = (await leaver.get('/auth-api/session')).body.data.user
    expect((await answer(visit(), own)).status).toBe(200)
    expect((await admin.call('DELETE', `/api/v1/organization/members/${id}`, {})).status).toBe(200)
    const refused = await answer(visit(), own)
    expect([refused.status, reasonOf(refused)]).toEqual([403, 'no_organization'])
  })

  async function answer(visitor: Visitor, by: SoftPasskey, how?: { isVerified: boolean }): Promise<VisitorAnswer> {
    const { body } = await visitor.post('/auth-api/sign-in/passkey/options')
    return await visitor.post('/auth-api/sign-in/passkey', { response: by.signIn(body.data.options, how) })
  }
})

describe('an identity provider', () => {
  test('signs in who is here with the address it has proven, and then by its own name for them', async () => {
    const returned = await comeBack({ subject: 'sub-1', email: ADMIN.email })
    expect(returned.location).toBe('/logs')
    expect((await returned.visitor.get('/auth-api/session')).body.data.user.email).toBe(ADMIN.email)
    const renamed = await comeBack({ subject: 'sub-1', email: 'elsewhere@example.test' })
    expect((await renamed.visitor.get('/auth-api/session')).body.data.user.email).toBe(ADMIN.email)
    // The first time is on record, and the second is none of its kind.
    const { body } = await renamed.visitor.get('/api/v1/audit-logs?action=linkIdentity')
    expect(body.data).toMatchObject([
      { resource_type: 'login', actor_kind: 'system', after: { provider: expect.any(String) } },
    ])
  })

  test.each<[string, IdentityScript, string]>([
    ['somebody who is not here', { subject: 'sub-2', email: 'nobody@example.test' }, 'no_user'],
    [
      'an address that nobody has proven',
      { subject: 'sub-3', email: ADMIN.email, isVerified: false },
      'unverified_email',
    ],
    ['a token that it has not signed', { subject: 'sub-1', email: ADMIN.email, isForged: true }, 'provider_away'],
    ['a token for somebody else', { subject: 'sub-1', claims: { aud: 'another' } }, 'provider_away'],
    ['a token of another provider', { subject: 'sub-1', claims: { iss: 'https://other.test' } }, 'provider_away'],
    ['a token of another sign-in', { subject: 'sub-1', claims: { nonce: 'another' } }, 'provider_away'],
    ['a token that has expired', { subject: 'sub-1', claims: { exp: 1_700_000_000 } }, 'provider_away'],
    ['a code of another provider', { subject: 'sub-1', iss: 'https://other.test' }, 'provider_away'],
    ['a code that does not say whose it is', { subject: 'sub-1', iss: null }, 'provider_away'],
    ['no token', { subject: 'sub-1', isDown: true }, 'provider_away'],
  ])('%s: nobody is signed in', async (_what, script, reason) => {
    const { location, visitor } = await comeBack(script)
    expect(location).toBe(`/sign-in?error=${reason}`)
    expect((await visitor.get('/auth-api/session')).status).toBe(401)
  })

  test('a link with a code signs nobody in who has not asked for it', async () => {
    provider.script = { subject: 'sub-1', email: ADMIN.email }
    const attacker = visit()
    const start = await attacker.get('/auth-api/sign-in/oidc')
    const back = provider.approve(start.headers.get('location') ?? '')
    const victim = visit()
    expect((await victim.get(back)).headers.get('location')).toBe('/sign-in?error=start_again')
    expect((await victim.get('/auth-api/session')).status).toBe(401)
  })

  test('is told the address of the settings to come back to, whatever host the browser asked for', async () => {
    const asked = get(`${url}/auth-api/sign-in/oidc`, {
      headers: { host: 'evil.test', 'x-forwarded-host': 'evil.test' },
    })
    const [{ headers }] = (await once(asked, 'response')) as [IncomingMessage]
    const redirectUri = new URL(headers.location ?? '').searchParams.get('redirect_uri')
    expect(redirectUri).toBe(`${url}/auth-api/sign-in/oidc/callback`)
    asked.destroy()
  })

  test.each(['https://evil.test/', '//evil.test', '/\\evil.test', 'javascript:alert(1)'])(
    'leads back to %s',
    async (to) => {
      expect((await visit().get(`/auth-api/sign-in/oidc?return_to=${encodeURIComponent(to)}`)).status).toBe(400)
    },
  )

  async function comeBack(script: IdentityScript) {
    provider.script = script
    const visitor = visit()
    const start = await visitor.get('/auth-api/sign-in/oidc?return_to=/logs')
    expect(start.status).toBe(302)
    const end = await visitor.get(provider.approve(start.headers.get('location') ?? ''))
    return { visitor, location: end.headers.get('location') }
  }
})

describe('an MCP client', () => {
  const REDIRECT = 'http://localhost:43117/callback'
  const verifier = randomBytes(32).toString('base64url')
  const code_challenge = createHash('sha256').update(verifier).digest('base64url')

  test('finds its way from a 401 to a key of its own, for a week and ten dollars', async () => {
    const refused = await fetch(`${url}/mcp`, { method: 'POST' })
    expect(refused.status).toBe(401)
    const metadataUrl = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '')?.[1] ?? ''
    const resource = await json(metadataUrl)
    expect(resource).toMatchObject({ resource: `${url}/mcp`, authorization_servers: [url] })
    const server = await json(`${url}/.well-known/oauth-authorization-server`)
    const client = await register(server.registration_endpoint)

    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: REDIRECT,
      code_challenge,
      code_challenge_method: 'S256',
      state: 'its state',
    })
    const admin = await signedIn()
    const page = await admin.get(`${new URL(server.authorization_endpoint).pathname}?${query}`)
    expect(page.headers.get('location')).toBe(`/auth/mcp?${query}`)
    const asked = { client_id: client.client_id, redirect_uri: REDIRECT }
    expect((await admin.post('/auth-api/mcp/look', asked)).body.data).toEqual({
      client_name: 'Test client',
      redirect_host: 'localhost:43117',
    })
    const approved = await admin.post('/auth-api/mcp/approve', { ...asked, code_challenge, state: 'its state' })
    const back = new URL(approved.body.data.redirect_to)
    expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([REDIRECT, 'its state'])

    const code = back.searchParams.get('code') ?? ''
    const wrong = await token(server.token_endpoint, client.client_id, { code, code_verifier: `${verifier}x` })
    expect(wrong).toMatchObject({ error: 'invalid_grant' })
    const granted = await token(server.token_endpoint, client.client_id, { code, code_verifier: verifier })
    expect(granted).toMatchObject({ token_type: 'Bearer', expires_in: 604_800 })
    expect(await token(server.token_endpoint, client.client_id, { code, code_verifier: verifier })).toMatchObject({
      error: 'invalid_grant',
    })
    const { data } = (await gateway.call('GET', '/api/v1/key', { key: granted.access_token })).body as {
      data: { label: string; limit: number; expires_at: string }
    }
    expect(data.limit).toBe(10)
    expect(Date.parse(data.expires_at) - Date.now()).toBeGreaterThan(6.9 * 86_400_000)
    const { body } = await admin.get('/api/v1/keys')
    expect(body.data[0]).toMatchObject({ name: 'MCP: Test client', limit: 10 })
    const workspaces = await gateway.call('GET', '/api/v1/workspaces', { key: granted.access_token })
    expect(workspaces.status).toBe(403)
  })

  test('that may administer has what its approver has', async () => {
    const admin = await signedIn()
    const client = await register(`${url}/oauth/register`)
    const asked = { client_id: client.client_id, redirect_uri: REDIRECT, code_challenge, may_administer: true }
    const approved = await admin.post('/auth-api/mcp/approve', asked)
    const code = new URL(approved.body.data.redirect_to).searchParams.get('code') ?? ''
    const granted = await token(`${url}/oauth/token`, client.client_id, { code, code_verifier: verifier })
    expect((await gateway.call('GET', '/api/v1/workspaces', { key: granted.access_token })).status).toBe(200)

    const grace = await signedIn({ email: 'grace@example.test', password: PASSWORD })
    expect((await grace.post('/auth-api/mcp/approve', asked)).status).toBe(403)
  })

  test('that is not registered, or not for that address, is answered nowhere', async () => {
    const client = await register(`${url}/oauth/register`)
    const admin = await signedIn()
    for (const wrong of [
      { client_id: client.client_id, redirect_uri: 'https://evil.test/cb' },
      { client_id: 'mcp_W10.x', redirect_uri: REDIRECT },
    ]) {
      expect(reasonOf(await admin.post('/auth-api/mcp/look', wrong))).toBe('bad_client')
      expect(reasonOf(await admin.post('/auth-api/mcp/approve', { ...wrong, code_challenge }))).toBe('bad_client')
      const query = new URLSearchParams({
        ...wrong,
        response_type: 'code',
        code_challenge,
        code_challenge_method: 'S256',
      })
      expect((await admin.get(`/oauth/authorize?${query}`)).status).toBe(400)
    }
    const bad = await post('/oauth/register', { redirect_uris: ['http://evil.test/cb'] })
    expect(bad.status).toBe(400)
  })

  async function register(endpoint: string): Promise<{ client_id: string }> {
    const answer = await post(new URL(endpoint).pathname, { client_name: 'Test client', redirect_uris: [REDIRECT] })
    expect(answer.status).toBe(201)
    return (await answer.json()) as { client_id: string }
  }

  function post(path: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' }
    return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  async function token(endpoint: string, client_id: string, fields: Record<string, string>): Promise<any> {
    const form = new URLSearchParams({ grant_type: 'authorization_code', client_id, redirect_uri: REDIRECT, ...fields })
    return await (await fetch(endpoint, { method: 'POST', body: form })).json()
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  async function json(at: string): Promise<any> {
    return await (await fetch(at)).json()
  }
})
