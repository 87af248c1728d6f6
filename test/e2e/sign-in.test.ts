import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type Mailbox, startMailbox } from '../harness/mailbox.ts'
import { nextTotpCode, totpCode, Visitor } from '../harness/visitor.ts'

/* People as they meet the installation: set up, signed in, with a second factor, lost password and other address. */

const ADMIN = { email: 'ada@example.test', password: 'an engine of analysis' }
let mailbox: Mailbox
let gateway: Gateway

beforeAll(async () => {
  mailbox = await startMailbox()
  gateway = await startGateway({ env: { SMTP_URL: mailbox.url } })
})

afterAll(async () => {
  await gateway.stop()
  await mailbox.close()
})

const visit = () => new Visitor(gateway.url)
const reasonOf = ({ body }: { body: { error?: { metadata?: { reason?: string } } } }) => body.error?.metadata?.reason

async function signedIn(person = ADMIN): Promise<Visitor> {
  const visitor = visit()
  const { status, body } = await visitor.post('/auth-api/sign-in', person)
  expect([status, body]).toEqual([200, { data: { status: 'signed_in' } }])
  return visitor
}

/** The newest link to a page of the dashboard in mail to somebody. */
async function linkFor(to: string, page: string): Promise<string> {
  const find = () => {
    const mail = mailbox.mails.findLast(
      (one) => one.to.includes(to) && one.text.includes(`${gateway.url}${page}?token=`),
    )
    return mail === undefined ? undefined : new RegExp(`${page}\\?token=([\\w-]+)`).exec(mail.text)?.[1]
  }
  await expect.poll(find, { timeout: 10_000 }).toBeDefined()
  return find() ?? ''
}

describe('the first administrator', () => {
  test('a password that is too short does not use the set-up link up', async () => {
    const token = await setUpToken(gateway.stdout)
    expect((await visit().get('/auth-api/options')).body.data.needs_set_up).toBe(true)
    const refused = await visit().post('/setup', { token, email: ADMIN.email, password: 'too short' })
    expect([refused.status, reasonOf(refused)]).toEqual([400, 'password'])
  })

  test('is made by the set-up link, with the first keys, and is signed in', async () => {
    const visitor = visit()
    const made = await visitor.post('/setup', { token: await setUpToken(gateway.stdout), ...ADMIN, first_name: 'Ada' })
    expect(made.status).toBe(201)
    expect(made.body.data.management_key).toMatch(/^sk-or-v1-/)
    const { body } = await visitor.get('/auth-api/session')
    expect(body.data).toMatchObject({
      kind: 'member',
      user: { email: ADMIN.email, first_name: 'Ada', last_name: null, has_password: true, has_second_factor: false },
      organization: { role: 'org:admin' },
      session: { is_recent: true },
    })
    expect(body.data.permissions.organization).toContain('workspace:create')
    expect((await visit().get('/auth-api/options')).body.data.needs_set_up).toBe(false)
  })
})

describe('a session', () => {
  test('is a cookie that no script reads and no other site sends', async () => {
    const visitor = await signedIn()
    expect(visitor.setCookies).toEqual([
      expect.stringMatching(/^switchyard\.session=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
  })

  test('may what its member may, by every operation', async () => {
    const visitor = await signedIn()
    const made = await visitor.post('/api/v1/workspaces', { name: 'By session', slug: 'by-session' })
    expect(made.status).toBe(201)
    const { body } = await visitor.get('/api/v1/audit-logs?limit=1')
    expect(body.data[0]).toMatchObject({ action: 'createWorkspace', actor_kind: 'session' })
  })

  test('ends with signing out, on the server too', async () => {
    const visitor = await signedIn()
    const thief = visitor.copy()
    expect((await visitor.post('/auth-api/sign-out')).status).toBe(200)
    expect(visitor.cookie).toBe('')
    expect((await thief.get('/auth-api/session')).status).toBe(401)
    expect((await thief.get('/api/v1/workspaces')).status).toBe(401)
  })

  test('is new after each signing in: one that was brought along is worth nothing then', async () => {
    const visitor = await signedIn()
    const before = visitor.copy()
    await visitor.post('/auth-api/sign-in', ADMIN)
    expect(visitor.cookie).not.toBe(before.cookie)
    expect((await before.get('/auth-api/session')).status).toBe(401)
    expect((await visitor.get('/auth-api/session')).status).toBe(200)
  })

  test('is listed without what would let anybody in, and can be ended from another', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    const { body, text } = await here.get('/auth-api/sessions')
    const current = body.data.filter(({ is_current }: { is_current: boolean }) => is_current)
    expect(current).toHaveLength(1)
    const token = decodeURIComponent(there.cookie.split('=')[1] ?? '').split('.')[0] ?? ''
    expect(text).not.toContain(token)
    const { id } = (await there.get('/auth-api/session')).body.data.session
    expect((await here.call('DELETE', `/auth-api/sessions/${id}`, {})).status).toBe(200)
    expect((await there.get('/auth-api/session')).status).toBe(401)
    expect((await here.call('DELETE', `/auth-api/sessions/${id}`, {})).status).toBe(404)
  })

  test('all others end at once', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    expect((await here.post('/auth-api/sessions/end-others')).status).toBe(200)
    expect((await there.get('/auth-api/session')).status).toBe(401)
    expect((await here.get('/auth-api/sessions')).body.data).toHaveLength(1)
  })

  test('of a read-only key reads and changes nothing', async () => {
    const admin = await signedIn()
    const made = await admin.post('/api/v1/keys', { name: 'reader', type: 'read_only' })
    expect(made.status).toBe(201)
    const reader = visit()
    expect((await reader.post('/auth-api/sign-in/key', { key: made.body.key })).status).toBe(200)
    const { body } = await reader.get('/auth-api/session')
    expect(body.data).toMatchObject({ kind: 'key', user: null, organization: { role: null } })
    expect((await reader.get('/api/v1/activity')).status).toBe(200)
    expect((await reader.post('/api/v1/workspaces', { name: 'No', slug: 'no' })).status).toBe(403)
    expect(reasonOf(await reader.get('/auth-api/sessions'))).toBe('key_session')
    await admin.call('DELETE', `/api/v1/keys/${made.body.data.hash}`, {})
    expect((await reader.get('/api/v1/activity')).status).toBe(401)
  })

  test('is not opened by a key of another type', async () => {
    const admin = await signedIn()
    const made = await admin.post('/api/v1/keys', { name: 'caller' })
    const refused = await visit().post('/auth-api/sign-in/key', { key: made.body.key })
    expect([refused.status, reasonOf(refused)]).toEqual([403, 'no_read_only_key'])
    expect((await visit().post('/auth-api/sign-in/key', { key: 'sk-or-v1-nothing' })).status).toBe(401)
  })
})

describe('a password', () => {
  test('that is wrong and a login that nobody has are answered alike', async () => {
    const wrong = await visit().post('/auth-api/sign-in', { ...ADMIN, password: 'not the password' })
    const nobody = await visit().post('/auth-api/sign-in', {
      email: 'nobody@example.test',
      password: 'not the password',
    })
    expect([wrong.status, reasonOf(wrong)]).toEqual([401, 'wrong_credentials'])
    expect(nobody.body).toEqual(wrong.body)
  })

  test('is changed with the one before, which ends every other session', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    const change = (current: string, next: string) =>
      here.post('/auth-api/password/change', { current_password: current, new_password: next })
    expect(reasonOf(await change('not the password', 'another engine of analysis'))).toBe('wrong_password')
    expect(reasonOf(await change(ADMIN.password, 'short'))).toBe('password')
    const before = here.copy()
    expect((await change(ADMIN.password, 'another engine of analysis')).status).toBe(200)
    for (const ended of [there, before]) expect((await ended.get('/auth-api/session')).status).toBe(401)
    expect((await here.get('/auth-api/session')).status).toBe(200)
    expect((await change('another engine of analysis', ADMIN.password)).status).toBe(200)
  })

  test('that is lost is chosen anew by a link in mail, once', async () => {
    const there = await signedIn()
    expect((await visit().post('/auth-api/password/forgot', { email: ADMIN.email })).body.data.status).toBe('sent')
    const token = await linkFor(ADMIN.email, '/reset-password')
    const reset = (new_password: string) => visit().post('/auth-api/password/reset', { token, new_password })
    expect(reasonOf(await reset('short'))).toBe('password')
    expect((await reset(ADMIN.password)).status).toBe(200)
    expect(reasonOf(await reset('yet another engine'))).toBe('bad_token')
    expect((await there.get('/auth-api/session')).status).toBe(401)
    await signedIn()
  })

  test('of a login that nobody has is asked for with the same answer, and no mail', async () => {
    const before = mailbox.mails.length
    const known = await visit().post('/auth-api/password/forgot', { email: ADMIN.email })
    const unknown = await visit().post('/auth-api/password/forgot', { email: 'nobody@example.test' })
    expect(unknown.body).toEqual(known.body)
    await expect.poll(() => mailbox.mails.length, { timeout: 10_000 }).toBe(before + 1)
  })
})

describe('a second factor', () => {
  test('is asked for once confirmed, and then allows a shorter password', async () => {
    const visitor = await signedIn()
    expect(reasonOf(await visitor.post('/auth-api/two-factor/enable', { password: 'not it' }))).toBe('wrong_password')
    const { secret, backup_codes: backupCodes, totp_uri: uri } = await enable(visitor)
    expect(uri).toMatch(/^otpauth:\/\/totp\//)
    // Not in force before its owner has shown that they have it.
    await signedIn()
    expect(reasonOf(await visitor.post('/auth-api/two-factor/confirm', { code: '000000' }))).toBe('wrong_code')
    const before = visitor.copy()
    expect((await visitor.post('/auth-api/two-factor/confirm', { code: totpCode(secret) })).status).toBe(200)
    expect((await before.get('/auth-api/session')).status).toBe(401)
    expect((await visitor.get('/auth-api/session')).body.data.user.has_second_factor).toBe(true)

    const half = await halfSignedIn()
    expect((await half.get('/auth-api/session')).status).toBe(401)
    expect(reasonOf(await half.post('/auth-api/sign-in/second-factor', { code: '000000' }))).toBe('wrong_code')
    const done = await half.post('/auth-api/sign-in/second-factor', { code: nextTotpCode(secret) })
    expect(done.body).toEqual({ data: { status: 'signed_in' } })
    expect((await half.get('/auth-api/session')).status).toBe(200)

    const [code = ''] = backupCodes
    const lost = await halfSignedIn()
    expect((await lost.post('/auth-api/sign-in/second-factor', { backup_code: code })).status).toBe(200)
    const again = await halfSignedIn()
    expect(reasonOf(await again.post('/auth-api/sign-in/second-factor', { backup_code: code }))).toBe('wrong_code')

    const change = (current_password: string, new_password: string) =>
      visitor.post('/auth-api/password/change', { current_password, new_password })
    expect((await change(ADMIN.password, 'shorter1')).status).toBe(200)
    expect(reasonOf(await visitor.post('/auth-api/two-factor/disable', { password: 'shorter1' }))).toBe('password')
    expect((await change('shorter1', ADMIN.password)).status).toBe(200)
    const renewed = await visitor.post('/auth-api/two-factor/backup-codes', { password: ADMIN.password })
    expect(renewed.body.data.backup_codes).toHaveLength(10)
    expect((await visitor.post('/auth-api/two-factor/disable', { password: ADMIN.password })).status).toBe(200)
    await signedIn()
  })

  async function enable(visitor: Visitor) {
    const { body } = await visitor.post('/auth-api/two-factor/enable', { password: ADMIN.password })
    return body.data as { secret: string; backup_codes: string[]; totp_uri: string }
  }

  async function halfSignedIn(): Promise<Visitor> {
    const visitor = visit()
    const { body } = await visitor.post('/auth-api/sign-in', ADMIN)
    expect(body.data).toEqual({ status: 'second_factor_needed', methods: ['totp', 'backup_code'] })
    return visitor
  }
})

describe('an e-mail address', () => {
  test('changes once the new one is confirmed, and the old one hears of it', async () => {
    const visitor = await signedIn()
    const email = 'lovelace@example.test'
    const ask = (body: object) => visitor.post('/auth-api/email/change', { new_email: email, ...body })
    expect(reasonOf(await ask({ password: 'not it' }))).toBe('wrong_password')
    expect((await ask({ password: ADMIN.password })).status).toBe(200)
    const token = await linkFor(email, '/confirm-email')
    await expect
      .poll(() => mailbox.mails.some(({ to, text }) => to.includes(ADMIN.email) && text.includes(email)))
      .toBe(true)
    const done = await visit().post('/auth-api/email/confirm', { token })
    expect(done.body).toEqual({ data: { status: 'changed', email } })
    expect(reasonOf(await visit().post('/auth-api/email/confirm', { token }))).toBe('bad_token')
    expect((await visit().post('/auth-api/sign-in', ADMIN)).status).toBe(401)
    await signedIn({ ...ADMIN, email })
  })
})
