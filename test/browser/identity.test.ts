import { createHash } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type Mailbox, startMailbox } from '../harness/mailbox.ts'
import { findFreePort } from '../harness/server-process.ts'
import { Visitor as Caller, nextTotpCode, totpCode } from '../harness/visitor.ts'
import { openBrowser, type Theme, Visitor } from './visitor.ts'

/* People who come in, with a browser: by invitation, by mail, with a second factor and a passkey; and what they let in. */

const ADMIN = { email: 'ada@example.test', password: 'an engine of analysis' }
const PASSWORD = 'a long enough password'
let gateway: Gateway
let mailbox: Mailbox
let browser: Browser
let url: string

beforeAll(async () => {
  mailbox = await startMailbox()
  const port = await findFreePort()
  // Passkeys want a name, not an address.
  url = `http://localhost:${port}`
  gateway = await startGateway({
    port,
    env: { SMTP_URL: mailbox.url, SWITCHYARD_SIGNUP: 'open', SWITCHYARD_SIM: 'on', SWITCHYARD_PUBLIC_URL: url },
  })
  browser = await openBrowser()
  const made = await caller().post('/setup', { token: await setUpToken(gateway.stdout), ...ADMIN, first_name: 'Ada' })
  expect(made.status).toBe(201)
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
  await mailbox?.close()
})

/** What a page of ours would send, without the page. */
const caller = () => new Caller(gateway.url, { origin: url })

async function admin(): Promise<Caller> {
  const visitor = caller()
  expect((await visitor.post('/auth-api/sign-in', ADMIN)).status).toBe(200)
  return visitor
}

async function linkTo(to: string, page: string): Promise<string> {
  const find = () => {
    const mail = mailbox.mails.findLast((one) => one.to.includes(to) && one.text.includes(`${page}?token=`))
    return mail === undefined ? undefined : new RegExp(`${page}\\?token=[\\w-]+`).exec(mail.text)?.[0]
  }
  await expect.poll(find, { timeout: 10_000 }).toBeDefined()
  return find() ?? ''
}

async function signIn(visitor: Visitor, { email, password } = ADMIN): Promise<void> {
  await visitor.page.goto('/sign-in')
  await visitor.page.getByLabel('E-mail').fill(email)
  await visitor.page.getByLabel('Password', { exact: true }).fill(password)
  await visitor.page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

test('an invitation is accepted, and its Developer makes a key that answers, in under a minute', async () => {
  const email = 'grace@example.test'
  await (await admin()).post('/api/v1/organization/invitations', { email })
  const link = await linkTo(email, '/invitations/accept')
  const visitor = await Visitor.arrive(browser, { url })
  const start = performance.now()
  await visitor.page.goto(link)
  await visitor.page.getByLabel('First name').fill('Grace')
  await visitor.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await visitor.page.getByRole('button', { name: 'Accept the invitation' }).click()
  await visitor.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  const made = await visitor.page.evaluate<{ key: string }>(`fetch('/api/v1/keys', { method: 'POST',
    headers: { 'content-type': 'application/json' }, body: '{"name":"mine"}' }).then((answer) => answer.json())`)
  const answer = await gateway.call('POST', '/api/v1/chat/completions', {
    key: made.key,
    body: { model: 'sim/echo', messages: [{ role: 'user', content: 'Hello' }] },
  })
  const seconds = (performance.now() - start) / 1_000
  process.stdout.write(`invited, accepted, called: ${seconds.toFixed(1)} s\n`)
  expect(answer.status).toBe(200)
  expect(seconds).toBeLessThan(60)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('a lost password, a sign-up and another address go by the links in mail', async () => {
  const visitor = await Visitor.arrive(browser, { url })
  await visitor.page.goto('/sign-in')
  await visitor.page.getByRole('link', { name: 'Forgot it?' }).click()
  await visitor.page.getByLabel('E-mail').fill('grace@example.test')
  await visitor.page.getByRole('button', { name: 'Send me a link' }).click()
  await visitor.page.goto(await linkTo('grace@example.test', '/reset-password'))
  await visitor.page.getByLabel('Password', { exact: true }).fill('another long password')
  await visitor.page.getByRole('button', { name: 'Change the password' }).click()
  await visitor.page.getByText('Your password is changed').waitFor()

  await visitor.page.goto('/sign-up')
  await visitor.page.getByLabel('E-mail').fill('new@example.test')
  await visitor.page.getByRole('button', { name: 'Send me a link' }).click()
  await visitor.page.goto(await linkTo('new@example.test', '/sign-up/complete'))
  await visitor.page.getByLabel('Organization').fill('New business')
  await visitor.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await visitor.page.getByRole('button', { name: 'Sign up' }).click()
  await visitor.page.getByRole('navigation', { name: 'Pages' }).waitFor()

  await visitor.page.goto('/profile')
  await visitor.page.getByLabel('New address').fill('newer@example.test')
  await visitor.page.getByLabel('Your present password').first().fill(PASSWORD)
  await visitor.page.getByRole('button', { name: 'Send a link to the new address' }).click()
  await visitor.page.getByText('Open the link in the mail').waitFor()
  await visitor.page.goto(await linkTo('newer@example.test', '/confirm-email'))
  await visitor.page.getByRole('button', { name: 'This is my address' }).click()
  await visitor.page.getByText('newer@example.test').first().waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('a second factor is set up from the profile, and then asked for', async () => {
  const person = { email: 'newer@example.test', password: PASSWORD }
  const visitor = await Visitor.arrive(browser, { url })
  await signIn(visitor, person)
  await visitor.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  await visitor.page.goto('/profile')
  const section = visitor.page.locator('section', { has: visitor.page.getByRole('heading', { name: 'Second factor' }) })
  await section.getByLabel('Your present password').fill(PASSWORD)
  await section.getByRole('button', { name: 'Set it up' }).click()
  await section.getByRole('img', { name: 'Secret for your authenticator' }).waitFor()
  const secret = (await section.getByRole('button', { name: /^[A-Z2-7]{16,}$/ }).textContent()) ?? ''
  await section.getByLabel('The six digits').fill(totpCode(secret.trim()))
  await section.getByRole('button', { name: 'Switch it on' }).click()
  await section.getByRole('button', { name: 'Switch it off' }).waitFor()

  const again = await Visitor.arrive(browser, { url })
  await signIn(again, person)
  await again.page.getByLabel(/code/i).first().fill(nextTotpCode(secret.trim()))
  await again.page.keyboard.press('Enter')
  await again.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  expect([...visitor.takeFaults(), ...again.takeFaults()]).toEqual([])
  for (const each of [visitor, again]) await each.leave()
})

test('a passkey is made in the profile, and signs in', async () => {
  const visitor = await Visitor.arrive(browser, { url })
  const devices = await visitor.page.context().newCDPSession(visitor.page)
  await devices.send('WebAuthn.enable')
  await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await signIn(visitor)
  await visitor.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  await visitor.page.goto('/profile')
  await visitor.page.getByLabel('Name of the new passkey').fill('Laptop')
  await visitor.page.getByRole('button', { name: 'Add a passkey' }).click()
  await visitor.page.getByText('never used').waitFor()
  await visitor.page.context().clearCookies()
  await visitor.page.goto('/sign-in')
  await visitor.page.getByRole('button', { name: 'Use a passkey' }).click()
  await visitor.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('an MCP client and an app are let in by whoever is signed in, after signing in', async () => {
  const { body: client } = await caller().post('/oauth/register', {
    client_name: 'Test client',
    redirect_uris: ['http://localhost:9/callback'],
  })
  const code_challenge = createHash('sha256').update('verifier').digest('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: 'http://localhost:9/callback',
    code_challenge,
    code_challenge_method: 'S256',
    state: 'its state',
  })
  const visitor = await Visitor.arrive(browser, { url })
  const { page } = visitor
  await page.route('http://localhost:9/**', (route) => route.fulfill({ body: 'the client has it' }))
  await page.goto(`/oauth/authorize?${query}`)
  await page.getByLabel('E-mail').fill(ADMIN.email)
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Connect Test client' }).waitFor()
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.waitForURL(/localhost:9\/callback\?code=auth_code_\w+&state=its\+state/)
  await page.goto(`/auth?callback_url=${encodeURIComponent('http://localhost:9/app')}&key_label=App`)
  await page.getByRole('heading', { name: 'Connect localhost:9' }).waitFor()
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.waitForURL(/localhost:9\/app\?code=auth_code_\w+/)
  await visitor.leave()
})

test.each([
  ['light', 1440],
  ['dark', 390],
] as [Theme, number][])('in the %s theme at %d px no page of signing in shuts anybody out', async (theme, width) => {
  const visitor = await Visitor.arrive(browser, { url, theme, width })
  const faults: string[] = []
  const look = async (path: string) => {
    await visitor.page.goto(path)
    await visitor.settle()
    const found = [...visitor.takeFaults(), ...(await visitor.accessibilityFaults())]
    if ((await visitor.overhang()) > 0) found.push('sticks out of the window')
    faults.push(...found.map((fault) => `${path}: ${fault}`))
    if (process.env['SCREENSHOTS'] !== undefined)
      await visitor.page.screenshot({
        path: `${process.env['SCREENSHOTS']}/${path.replaceAll(/\W+/g, '-')}.${theme}.${width}.png`,
        fullPage: true,
      })
  }
  await (await admin()).post('/api/v1/organization/invitations', { email: `${theme}@example.test` })
  for (const path of [
    '/sign-in',
    '/sign-up',
    '/sign-up/complete?token=x',
    '/forgot-password',
    '/reset-password?token=x',
    '/confirm-email?token=x',
    '/invitations/accept?token=unknown',
    await linkTo(`${theme}@example.test`, '/invitations/accept'),
  ])
    await look(path)
  await signIn(visitor)
  await visitor.page.waitForURL(`${url}/workspaces/**`).catch(() => {})
  await visitor.settle()
  for (const path of ['/profile', '/auth', '/auth?callback_url=https%3A%2F%2Fapp.example.com', '/auth/mcp?client_id=x'])
    await look(path)
  await visitor.leave()
  expect(faults).toEqual([])
})
