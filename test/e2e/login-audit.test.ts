import { afterAll, beforeAll, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type Mailbox, startMailbox } from '../harness/mailbox.ts'
import { findFreePort } from '../harness/server-process.ts'
import { SoftPasskey } from '../harness/soft-passkey.ts'
import { totpCode, Visitor } from '../harness/visitor.ts'

/* What people do with their own login stands in the audit log of each organization that they are in, once and without secrets. */

const ADMIN = { email: 'ada@example.test', password: 'an engine of analysis' }
const SECRETS = [ADMIN.password, 'quite another password', 'a third good password']
let gateway: Gateway
let mailbox: Mailbox
let url: string
let ada: Visitor
let adaId: string
let last = 0

beforeAll(async () => {
  mailbox = await startMailbox()
  const port = await findFreePort()
  url = `http://localhost:${port}`
  const env = { SMTP_URL: mailbox.url, SWITCHYARD_PUBLIC_URL: url, TRUSTED_PROXIES: '127.0.0.0/8,::1' }
  gateway = await startGateway({ port, env })
  ada = visit()
  expect((await ada.post('/setup', { token: await setUpToken(gateway.stdout), ...ADMIN })).status).toBe(201)
  adaId = (await ada.get('/auth-api/session')).body.data.user.id
})
afterAll(async () => {
  await gateway?.stop()
  await mailbox?.close()
})

const visit = (from = '10.0.0.1') => new Visitor(gateway.url, { origin: url, 'x-forwarded-for': from })

async function signedIn(person = ADMIN): Promise<Visitor> {
  const visitor = visit()
  expect((await visitor.post('/auth-api/sign-in', person)).status).toBe(200)
  return visitor
}

interface Row {
  action: string
  sequence: number
  actor_kind: string
  user_id: string | null
  resource_type: string
  resource_id: string
  ip: string | null
}

/** The rows about logins since this was last asked, oldest first. */
async function news(): Promise<Row[]> {
  const { body, text } = await ada.get('/api/v1/audit-logs?resource_type=login&limit=100')
  for (const secret of SECRETS) expect(text).not.toContain(secret)
  const rows = (body.data as Row[]).filter(({ sequence }) => sequence > last).reverse()
  last = Math.max(last, ...rows.map(({ sequence }) => sequence))
  return rows
}
const actions = async () => (await news()).map(({ action }) => action)

async function linkFor(to: string, page: string): Promise<string> {
  const find = () => {
    const mail = mailbox.mails.findLast((one) => one.to.includes(to) && one.text.includes(`${page}?token=`))
    return mail === undefined ? undefined : new RegExp(`${page}\\?token=([\\w-]+)`).exec(mail.text)?.[1]
  }
  await expect.poll(find, { timeout: 10_000 }).toBeDefined()
  return find() ?? ''
}

test('the password that the first administrator chooses, by whom and about whom', async () => {
  expect(await news()).toMatchObject([
    { action: 'setPassword', actor_kind: 'system', user_id: adaId, resource_type: 'login', resource_id: adaId },
  ])
})

test('another password, and no row for one that was refused', async () => {
  const change = (current_password: string, new_password: string) =>
    ada.post('/auth-api/password/change', { current_password, new_password })
  expect((await change('not it', 'quite another password')).status).toBe(400)
  expect((await change(ADMIN.password, 'short')).status).toBe(400)
  expect(await actions()).toEqual([])
  expect((await change(ADMIN.password, 'quite another password')).status).toBe(200)
  expect(await news()).toMatchObject([{ action: 'changePassword', actor_kind: 'session', ip: '10.0.0.1' }])
  expect((await change('quite another password', ADMIN.password)).status).toBe(200)
  expect(await actions()).toEqual(['changePassword'])
})

test('a password chosen by a link of a mail, which is worth nothing once there is another', async () => {
  await visit().post('/auth-api/password/forgot', { email: ADMIN.email })
  const stale = await linkFor(ADMIN.email, '/reset-password')
  const passwords = { current_password: ADMIN.password, new_password: 'quite another password' }
  expect((await ada.post('/auth-api/password/change', passwords)).status).toBe(200)
  expect(await actions()).toEqual(['changePassword'])
  const reset = (token: string, new_password: string) =>
    visit().post('/auth-api/password/reset', { token, new_password })
  expect((await reset(stale, 'a third good password')).status).toBe(400)
  expect(await actions()).toEqual([])
  mailbox.mails.length = 0
  await visit().post('/auth-api/password/forgot', { email: ADMIN.email })
  const token = await linkFor(ADMIN.email, '/reset-password')
  const done = await Promise.all([reset(token, ADMIN.password), reset(token, ADMIN.password)])
  expect(done.map(({ status }) => status).sort()).toEqual([200, 400])
  ada = await signedIn()
  expect(await actions()).toEqual(['resetPassword'])
})

test('a second factor that comes and goes, and new backup codes; nothing for a wrong code', async () => {
  const { password } = ADMIN
  const { secret } = (await ada.post('/auth-api/two-factor/enable', { password })).body.data
  expect((await ada.post('/auth-api/two-factor/confirm', { code: '000000' })).status).toBe(400)
  expect(await actions()).toEqual([])
  expect((await ada.post('/auth-api/two-factor/confirm', { code: totpCode(secret) })).status).toBe(200)
  expect((await ada.post('/auth-api/two-factor/confirm', { code: totpCode(secret) })).status).toBe(409)
  expect(await actions()).toEqual(['enableSecondFactor'])
  const renewed = await ada.post('/auth-api/two-factor/backup-codes', { password })
  expect(renewed.body.data.backup_codes).toHaveLength(10)
  expect((await ada.post('/auth-api/two-factor/disable', { password: 'not the password' })).status).toBe(400)
  expect(await actions()).toEqual(['renewBackupCodes'])
  const { text } = await ada.get('/api/v1/audit-logs?resource_type=login&limit=100')
  for (const code of [secret, ...renewed.body.data.backup_codes]) expect(text).not.toContain(code)
  expect((await ada.post('/auth-api/two-factor/disable', { password })).status).toBe(200)
  expect(await actions()).toEqual(['disableSecondFactor'])
})

test('a passkey that is added and one that is removed', async () => {
  const passkey = new SoftPasskey(url)
  const { body } = await ada.post('/auth-api/passkeys/options')
  const response = passkey.register(body.data.options)
  expect((await ada.post('/auth-api/passkeys', { name: 'Laptop', response })).status).toBe(200)
  expect((await ada.post('/auth-api/passkeys', { name: 'Again', response })).status).toBe(400)
  expect(await news()).toMatchObject([{ action: 'addPasskey', after: { name: 'Laptop' } }])
  expect((await ada.call('DELETE', '/auth-api/passkeys/unknown', {})).status).toBe(404)
  expect((await ada.call('DELETE', `/auth-api/passkeys/${passkey.id}`, {})).status).toBe(200)
  expect(await news()).toMatchObject([{ action: 'deletePasskey', before: { name: 'Laptop' } }])
})

test('a session that its owner ends, all others at once, and nothing where there are none', async () => {
  const other = await signedIn()
  const { id } = (await other.get('/auth-api/session')).body.data.session
  expect((await ada.call('DELETE', `/auth-api/sessions/${id}`, {})).status).toBe(200)
  expect((await ada.call('DELETE', `/auth-api/sessions/${id}`, {})).status).toBe(404)
  await signedIn()
  await ada.post('/auth-api/sessions/end-others')
  await ada.post('/auth-api/sessions/end-others')
  expect(await actions()).toEqual(['endSession', 'endOtherSessions'])
})

test('another e-mail address once it is confirmed, in every organization that the person is in', async () => {
  const email = 'lovelace@example.test'
  await ada.post('/auth-api/email/change', { new_email: email, password: ADMIN.password })
  const token = await linkFor(email, '/confirm-email')
  expect(await actions()).toEqual([])
  expect((await visit().post('/auth-api/email/confirm', { token })).status).toBe(200)
  expect((await visit().post('/auth-api/email/confirm', { token })).status).toBe(400)
  expect(await news()).toMatchObject([{ action: 'changeEmail', before: { email: ADMIN.email }, after: { email } }])
})

test('guessing that has met its limit, once for each login however often, and nothing of a login that nobody has', async () => {
  const email = 'lovelace@example.test'
  const guess = (name: string, at: number) =>
    visit(`10.1.0.${at}`).post('/auth-api/sign-in', { email: name, password: `guess number ${at}` })
  for (let at = 1; at <= 15; at += 1) {
    await guess(email, at)
    await guess('ghost@example.test', at)
  }
  await expect.poll(actions).toEqual(['limitSignIn'])
  expect(await actions()).toEqual([])
})

test('a log that is as it was written', async () => {
  const { body } = await ada.post('/api/v1/audit-logs/verify')
  expect(body.data.is_intact).toBe(true)
})
