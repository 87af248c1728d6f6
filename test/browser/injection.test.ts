import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { Visitor as Caller } from '../harness/visitor.ts'
import { pagesInRail } from './rail-pages.ts'
import { openBrowser, Visitor } from './visitor.ts'

/* S13: whatever somebody has stored, and whatever a model says, is text on every page: no script runs, no policy is violated. */

const PAYLOADS = [
  `<script>globalThis.stolen = 1</script>`,
  `"><img src=x onerror="globalThis.stolen = 1">`,
  `<svg onload="globalThis.stolen = 1"><a xlink:href="javascript:globalThis.stolen = 1">x</a></svg>`,
  `[click](javascript:globalThis.stolen=1) ![x](x"onerror="globalThis.stolen=1)`,
  `<iframe srcdoc="<script>parent.stolen = 1</script>"></iframe>`,
  `{{constructor.constructor('globalThis.stolen = 1')()}}`,
  `</script></style></textarea><script>globalThis.stolen = 1</script>`,
  `javascript:globalThis.stolen=1`,
]
const ADMIN = { email: 'ada@example.test', password: 'an engine of analysis' }
let gateway: Gateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  browser = await openBrowser()
  await fill()
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

/** Everything that takes a text gets the payloads. */
async function fill(): Promise<void> {
  const admin = new Caller(gateway.url)
  const [first = ''] = PAYLOADS
  const made = await admin.post('/setup', {
    token: await setUpToken(gateway.stdout),
    ...ADMIN,
    first_name: first,
    last_name: PAYLOADS[1],
  })
  expect(made.status).toBe(201)
  const { body } = await admin.get('/api/v1/workspaces')
  const workspace = body.data[0].id as string
  for (const payload of PAYLOADS) {
    const name = payload.slice(0, 60)
    const key = await admin.post('/api/v1/keys', { name, workspace_id: workspace })
    await admin.post('/api/v1/guardrails', { name, description: payload, workspace_id: workspace })
    await admin.post(`/api/v1/workspaces/${workspace}/projects`, { name, slug: `p${PAYLOADS.indexOf(payload)}` })
    await admin.post('/api/v1/workspaces', { name, description: payload, slug: `w${PAYLOADS.indexOf(payload)}` })
    await admin.post('/api/v1/alert-rules', {
      name,
      condition: { kind: 'budget' },
      recipients: ['organization_admins'],
    })
    const headers = { authorization: `Bearer ${key.body.key}`, 'content-type': 'application/json', 'x-title': name }
    for (const model of ['sim/echo', payload.slice(0, 100)]) {
      const request = { model, user: payload.slice(0, 100), messages: [{ role: 'user', content: payload }] }
      await fetch(`${gateway.url}/api/v1/chat/completions`, {
        method: 'POST',
        headers: { ...headers, 'http-referer': 'https://app.example.com/<script>' },
        body: JSON.stringify(request),
      })
    }
  }
}

test('S13: no page runs what is stored', async () => {
  const paths = await pagesInRail(browser, gateway)
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  await visitor.page.goto('/sign-in')
  await visitor.page.getByLabel('E-mail').fill(ADMIN.email)
  await visitor.page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
  await visitor.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await visitor.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  const faults: string[] = []
  for (const path of [...paths, '/profile']) {
    await visitor.go(path)
    const stolen = await visitor.page.evaluate('globalThis.stolen')
    const made = [...visitor.takeFaults(), ...(stolen === undefined ? [] : ['ran a script'])]
    faults.push(...made.map((fault) => `${path}: ${fault}`))
  }
  expect(faults).toEqual([])
  await visitor.leave()
})

test.each(PAYLOADS)('S13: no page takes %s from its address', async (payload) => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const text = encodeURIComponent(payload)
  for (const path of [
    `/setup?token=${text}`,
    `/sign-in?next=${text}&error=${text}`,
    `/invitations/accept?token=${text}`,
    `/reset-password?token=${text}`,
    `/auth?callback_url=${text}&key_label=${text}`,
    `/oauth/authorize?client_id=${text}&redirect_uri=${text}&state=${text}`,
    `/workspaces/${text}/keys`,
    `/${text}`,
  ]) {
    await visitor.page.goto(path)
    expect([path, await visitor.page.evaluate('globalThis.stolen'), visitor.takeFaults()]).toEqual([
      path,
      undefined,
      [],
    ])
  }
  await visitor.leave()
})
