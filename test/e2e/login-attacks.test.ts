import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATIONS } from '../../src/contract/operations.ts'
import { IDENTITY_ROUTES } from '../../src/identity/identity.ts'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { nextTotpCode, totpCode, Visitor, type VisitorAnswer } from '../harness/visitor.ts'
import { join, MEMBER_PASSWORD } from './invited.ts'

/* Whoever wants to be somebody else: guesses, what a wrong answer tells, other sites' pages (S11, S12). */

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const ADMIN = { email: 'ada@example.test', password: 'an engine of analysis' }
const FOREIGN = 'https://evil.test'
let gateway: Gateway
let admin: Visitor

beforeAll(async () => {
  gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } })
  admin = visitFrom('10.0.0.1')
  const made = await admin.post('/setup', { token: await setUpToken(gateway.stdout), ...ADMIN })
  expect(made.status).toBe(201)
})
afterAll(() => gateway.stop())

/** A browser behind the proxy, at an address of its own. */
function visitFrom(address: string): Visitor {
  return new Visitor(gateway.url, { 'x-forwarded-for': address })
}

const reasonOf = ({ body }: VisitorAnswer) => body.error?.metadata?.reason
const signIn = (visitor: Visitor, password: string, email = ADMIN.email) =>
  visitor.post('/auth-api/sign-in', { email, password })

describe('S11: guesses', () => {
  const [guesses, addresses] = isFullSize ? [10_000, 1_000] : [400, 100]

  test(`of ${guesses} at one login from ${addresses} addresses at most 100 are tried, and the right one not among them`, async () => {
    const victim = 'guessed@example.test'
    await invite(victim)
    const statuses: number[] = []
    for (let count = 0; count < guesses; count += 20) {
      const answers = Array.from({ length: 20 }, (_, at) => {
        const address = (count + at) % addresses
        return signIn(visitFrom(`10.1.${address >> 8}.${address & 255}`), `guess number ${count + at}`, victim)
      })
      statuses.push(...(await Promise.all(answers)).map(({ status }) => status))
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(100)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    const right = await signIn(visitFrom('10.9.0.1'), MEMBER_PASSWORD, victim)
    expect(right.status).toBe(429)
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
    // A login that nobody has is taken as often: how often tells nothing.
    const ghost = 'ghost@example.test'
    const tries = []
    for (let count = 0; count < 12; count += 1) tries.push((await signIn(visitFrom('10.9.1.1'), 'guess', ghost)).status)
    expect(tries.filter((status) => status === 401)).toHaveLength(10)
  })

  test('of many logins from one network, a /64 of IPv6, are stopped; those of its neighbour are not', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 130 }, async (_, at) => {
        const visitor = visitFrom(`2001:db8:1:2::${(at + 1).toString(16)}`)
        return (await visitor.post('/auth-api/sign-in/key', { key: `sk-or-v1-${at}` })).status
      }),
    )
    expect(statuses.filter((status) => status === 401)).toHaveLength(100)
    expect(statuses.filter((status) => status === 429)).toHaveLength(30)
    const neighbour = visitFrom('2001:db8:1:3::1')
    expect((await neighbour.post('/auth-api/sign-in/key', { key: 'sk-or-v1-x' })).status).toBe(401)
  })

  test('at a second factor end after five, and the password is wanted again', async () => {
    const email = 'second@example.test'
    const visitor = await invite(email)
    const password = MEMBER_PASSWORD
    const { secret } = (await visitor.post('/auth-api/two-factor/enable', { password })).body.data
    await visitor.post('/auth-api/two-factor/confirm', { code: totpCode(secret) })
    const thief = visitFrom('10.2.0.1')
    await signIn(thief, password, email)
    const wrong = String((Number(totpCode(secret)) + 1) % 1_000_000).padStart(6, '0')
    const reasons = []
    for (let count = 0; count < 6; count += 1)
      reasons.push(reasonOf(await thief.post('/auth-api/sign-in/second-factor', { code: wrong })))
    expect(reasons).toEqual([...Array.from({ length: 5 }, () => 'wrong_code'), 'start_again'])
    const late = await thief.post('/auth-api/sign-in/second-factor', { code: totpCode(secret) })
    expect(reasonOf(late)).toBe('start_again')
  })

  test('of a code that was just used are in vain: each is good once', async () => {
    const email = 'watched@example.test'
    const visitor = await invite(email)
    const password = MEMBER_PASSWORD
    const { secret } = (await visitor.post('/auth-api/two-factor/enable', { password })).body.data
    const confirmed = totpCode(secret)
    expect((await visitor.post('/auth-api/two-factor/confirm', { code: confirmed })).status).toBe(200)
    const [owner, watcher, early] = [visitFrom('10.2.1.1'), visitFrom('10.2.1.2'), visitFrom('10.2.1.3')]
    for (const browser of [owner, watcher, early]) await signIn(browser, password, email)
    expect(reasonOf(await early.post('/auth-api/sign-in/second-factor', { code: confirmed }))).toBe('wrong_code')
    expect((await early.get('/auth-api/session')).status).toBe(401)
    const code = nextTotpCode(secret)
    expect((await owner.post('/auth-api/sign-in/second-factor', { code })).status).toBe(200)
    expect(reasonOf(await watcher.post('/auth-api/sign-in/second-factor', { code }))).toBe('wrong_code')
    expect((await watcher.get('/auth-api/session')).status).toBe(401)
    expect((await owner.get('/auth-api/session')).status).toBe(200)
  })

  test.runIf(isFullSize)('take as long for a login that exists as for one that does not', async () => {
    const medianOf = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] ?? 0
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
    for (let count = 0; count < 60; count += 1) {
      for (const kind of ['known', 'unknown'] as const) {
        const email = kind === 'known' ? ADMIN.email : `unknown-${count}@example.test`
        const visitor = visitFrom(`10.3.${count}.1`)
        const start = performance.now()
        await signIn(visitor, `no password ${count}`, email)
        times[kind].push(performance.now() - start)
        await waitForTries(email)
      }
    }
    const [known, unknown] = [medianOf(times.known), medianOf(times.unknown)]
    process.stdout.write(`S11: a wrong password ${known.toFixed(1)} ms, an unknown login ${unknown.toFixed(1)} ms
`)
    expect(Math.abs(known - unknown) / known).toBeLessThan(0.05)
  })
})

/** The right password gives the tries back. */
async function waitForTries(email: string): Promise<void> {
  if (email === ADMIN.email) await signIn(visitFrom('10.3.200.1'), ADMIN.password)
}

/** A member with a password, signed in. */
const invite = (email: string) => join(admin, visitFrom('10.4.0.1'), { email })

describe('S11: a session', () => {
  test('ends when its member leaves the organization', async () => {
    const visitor = await invite('leaving@example.test')
    const { id } = (await visitor.get('/auth-api/session')).body.data.user
    expect((await admin.call('DELETE', `/api/v1/organization/members/${id}`, {})).status).toBe(200)
    expect((await visitor.get('/auth-api/session')).status).toBe(401)
    expect(reasonOf(await signIn(visitor, MEMBER_PASSWORD, 'leaving@example.test'))).toBe('no_organization')
  })

  test('is told to no script, no other site and no cache', async () => {
    const visitor = visitFrom('10.5.0.1')
    const answer = await signIn(visitor, ADMIN.password)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const token = decodeURIComponent(/switchyard\.session=([^;]+)/.exec(visitor.setCookies[0] ?? '')?.[1] ?? '')
    expect(token.split('.')[0]).toHaveLength(32)
    expect(answer.text).not.toContain(token.split('.')[0])
    for (const forged of [token.replace(/.$/, 'A'), token.split('.')[0], `${token}x`]) {
      const forger = visitFrom('10.5.0.2')
      forger.cookie = `switchyard.session=${encodeURIComponent(forged ?? '')}`
      expect((await forger.get('/auth-api/session')).status).toBe(401)
    }
  })
})

describe('S12: a page of another site', () => {
  const ORIGINS = {
    'another origin': { origin: FOREIGN, 'sec-fetch-site': 'cross-site' },
    'a sister of our host': { origin: FOREIGN, 'sec-fetch-site': 'same-site' },
    'an older browser': { origin: FOREIGN, 'sec-fetch-site': '' },
    'a sandboxed frame': { origin: 'null', 'sec-fetch-site': 'cross-site' },
    'a browser that says nothing': { origin: '', 'sec-fetch-site': '' },
  }
  const BODIES = {
    JSON: { type: 'application/json', body: '{}' },
    'plain text': { type: 'text/plain', body: '{}' },
    'a form': { type: 'application/x-www-form-urlencoded', body: 'name=x' },
    'a form with files': { type: 'multipart/form-data; boundary=x', body: '--x--' },
  }
  const KINDS = Object.keys(BODIES) as (keyof typeof BODIES)[]
  const changing = [
    ...Object.values(OPERATIONS)
      .filter(({ effect, permission }) => effect !== 'read' && permission !== 'public')
      .map(({ method, path }) => ({ method, path: path.replace(/\{\w+\}/g, 'any') })),
    ...IDENTITY_ROUTES.filter(({ method }) => method !== 'GET').map(({ method, path }) => ({
      method,
      path: path.replace(/:\w+/g, 'any'),
    })),
  ].filter(({ path }) => !path.startsWith('/scim/'))

  test.each(Object.entries(ORIGINS))(
    `%s changes nothing by any of ${changing.length} routes`,
    async (_who, headers) => {
      const { body: before } = await admin.get('/api/v1/audit-logs?limit=1')
      const succeeded: string[] = []
      for (const route of changing) {
        for (const what of route.method === 'DELETE' ? (['JSON'] as const) : KINDS) {
          const status = await sendFrom(present(headers), route, what)
          if (status !== 403 && status !== 415) succeeded.push(`${route.method} ${route.path} ${what}: ${status}`)
        }
      }
      expect(succeeded).toEqual([])
      // Between the two looks at the log, which are themselves in it, nothing.
      const { body: after } = await admin.get('/api/v1/audit-logs?limit=2')
      expect(after.data[0].action).toBe('listAuditLogs')
      expect(after.data[1].id).toBe(before.data[0].id)
      expect((await admin.get('/auth-api/session')).status).toBe(200)
    },
  )

  async function sendFrom(
    headers: Record<string, string>,
    { method, path }: { method: string; path: string },
    what: (typeof KINDS)[number],
  ): Promise<number> {
    const { body, type } = BODIES[what]
    const sent = method === 'DELETE' ? { headers } : { body, headers: { ...headers, 'content-type': type } }
    return (await admin.copy().call(method, path, { ...sent, isBare: true })).status
  }

  test('signs nobody in as somebody else', async () => {
    const victim = visitFrom('10.6.0.1')
    const answer = await victim.post('/auth-api/sign-in', ADMIN, ORIGINS['another origin'])
    expect([answer.status, victim.cookie]).toEqual([403, ''])
  })

  const present = (headers: Record<string, string>) =>
    Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
})

test('at an address where anybody on the way could read it, nobody signs in', async () => {
  const open = await startGateway({ env: { SWITCHYARD_PUBLIC_URL: 'http://switchyard.example.com' } })
  try {
    const visitor = new Visitor(open.url, { origin: 'http://switchyard.example.com' })
    const refused = await visitor.post('/auth-api/sign-in', ADMIN)
    expect([refused.status, reasonOf(refused)]).toEqual([403, 'insecure'])
    const made = await visitor.post('/setup', { token: await setUpToken(open.stdout), ...ADMIN })
    expect([made.status, visitor.cookie]).toEqual([201, ''])
  } finally {
    await open.stop()
  }
})

test('behind https the cookies are the host’s alone and never sent without encryption', async () => {
  const origin = 'https://switchyard.example.com'
  const secure = await startGateway({ env: { SWITCHYARD_PUBLIC_URL: origin } })
  try {
    const visitor = new Visitor(secure.url, { origin })
    const made = await visitor.post('/setup', { token: await setUpToken(secure.stdout), ...ADMIN })
    expect(made.status).toBe(201)
    expect(visitor.setCookies).toEqual([
      expect.stringMatching(
        /^__Host-switchyard\.session=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ])
    expect((await visitor.get('/auth-api/session')).status).toBe(200)
    await visitor.post('/auth-api/sign-out')
    expect(visitor.setCookies[0]).toMatch(/^__Host-switchyard\.session=; Max-Age=0; .*Secure/)
  } finally {
    await secure.stop()
  }
})
