import { expect, test } from 'vitest'
import type { AlertWire } from '../../src/contract/management/alerts.ts'
import { startCluster } from '../harness/gateway-cluster.ts'
import { startMailbox } from '../harness/mailbox.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { startReceiver } from '../harness/secret-receivers/receiver.ts'
import { SessionMint } from '../harness/sessions.ts'
import { chat } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
const BUDGETS = 10
/** Each of them looks every five seconds. */
const TWO_LOOKS_MS = 12_000

test.skipIf(!isPostgres)('three processes on one database tell each alert once, by mail and to a webhook', async () => {
  const upstream = await startScriptedUpstream()
  const mailbox = await startMailbox()
  const receiver = await startReceiver(() => ({ status: 200 }))
  const cluster = await startCluster(3, {
    config: oneProvider(upstream.baseUrl),
    env: { SMTP_URL: mailbox.url, SWITCHYARD_EGRESS_ALLOW: '127.0.0.0/8' },
    prepare: async (gateway) => {
      await withDatabase(gateway, async ({ kysely }) => {
        const { id: organizationId } = await kysely.selectFrom('organization').select('id').executeTakeFirstOrThrow()
        await new SessionMint(kysely, 'unused').member('org-admin', { organizationId, role: 'org:admin' })
      })
    },
  })
  try {
    const [first] = cluster.gateways
    if (first === undefined) throw new Error('no replica')
    const manage = (method: string, path: string, body?: object) => manageAt(first, method, path, body)
    const target = { type: 'slack', url: `${receiver.url}/slack` }
    const { id: channel } = await manage('POST', 'alert-channels', { name: 'all', target, workspace_id: null })
    const { body: rules } = await first.call('GET', '/api/v1/alert-rules')
    // The rule that every organization begins with.
    const budgets = (rules as { data: { id: string; name: string }[] }).data.find(({ name }) => name === 'Budgets')
    const ruleId = budgets?.id
    await manage('PATCH', `alert-rules/${ruleId}`, { channel_ids: [channel] })
    for (let count = 0; count < BUDGETS; count += 1) {
      const { id } = await manage('POST', 'workspaces', { name: `Place ${count}`, slug: `place-${count}` })
      const key = await first.createKey({ workspace_id: id })
      expect((await chat(first, key, { model: 'alpha/flat' })).status).toBe(200)
      await manage('PUT', `workspaces/${id}/budgets/daily`, { limit_usd: FLAT_PRICE_USD })
    }
    const told = async () => {
      const { body } = await first.call('GET', '/api/v1/alerts?kind=budget&limit=100')
      return (body as { data: AlertWire[] }).data.filter(({ rule_id }) => rule_id === ruleId).length
    }
    await expect.poll(told, { timeout: 60_000, interval: 200 }).toBe(BUDGETS)
    await expect.poll(() => receiver.requests.length, { timeout: 30_000 }).toBe(BUDGETS)
    await expect.poll(() => mailbox.mails.length, { timeout: 30_000 }).toBe(BUDGETS)
    await new Promise((resolve) => setTimeout(resolve, TWO_LOOKS_MS))
    expect([await told(), receiver.requests.length, mailbox.mails.length]).toEqual([BUDGETS, BUDGETS, BUDGETS])
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(BUDGETS)
  } finally {
    await cluster.stop()
    await receiver[Symbol.asyncDispose]()
    await mailbox.close()
    await upstream.close()
  }
})
