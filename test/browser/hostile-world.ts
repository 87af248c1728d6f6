import { createClient } from '../../src/contract/client.ts'
import { OPERATIONS } from '../../src/contract/operations.ts'
import type { Gateway } from '../harness/gateway-process.ts'

/*
 * An organization in which every text that a page shows is the worst that its field takes: markup that would run, a change of the
 * direction of writing that is never taken back, characters without a width, emoji of many parts, and no space to break at.
 */

const WORST = `<img src=x onerror="globalThis.stolen=1">\u202e\u05e9\u05dc\u05d5\u05dd\u200b\ufeff\u{1f469}\u200d\u{1f469}\u200d\u{1f467}{{7*7}}`
const LONG = 10_000
/** What looks like nothing to code that doesn't look closely. */
const NOTHINGS = ['null', 'undefined', 'NaN', '0', '[object Object]', '\u200b', '__proto__']

/** As much of it as a field takes, to the last character. */
function worst(length: number): string {
  return WORST.slice(0, length).padEnd(length, 'W').toWellFormed()
}

export async function makeHostileWorld(gateway: Gateway): Promise<void> {
  const call = createClient({
    baseUrl: gateway.url,
    apiKey: gateway.managementKey,
    fetch: async (url, init) => await fetch(url, init as RequestInit),
  })
  const { data: workspaces } = await call(OPERATIONS.listWorkspaces, { limit: 1 })
  const id = workspaces[0]?.id ?? ''
  await call(OPERATIONS.updateWorkspace, {
    id,
    name: worst(100),
    description: worst(500),
    is_observability_io_logging_enabled: true,
  })
  for (const [at, name] of NOTHINGS.entries()) {
    await call(OPERATIONS.createWorkspace, { name, slug: `nothing-${at}`, description: name })
    await call(OPERATIONS.createKeys, { name, workspace_id: id })
    await call(OPERATIONS.createProject, { id, slug: `nothing-${at}`, name, description: name })
  }
  await invite(call, id)
  const secret = await fillWorkspace(call, id)
  await fillOrganization(call)
  for (const model of ['sim/echo', 'sim/error-503', worst(200)]) await infer(gateway, secret, model)
}

type Client = ReturnType<typeof createClient>

async function invite(call: Client, workspace_id: string): Promise<void> {
  const places = [{ workspace_id, workspace_role: 'developer' as const }]
  const local = `"${'w'.repeat(60)}"`.replaceAll('"', '')
  const { data } = await call(OPERATIONS.createInvitation, { email: `${local}@example.test`, workspaces: places })
  const token = new URL(data.link ?? '').searchParams.get('token') ?? ''
  await call(OPERATIONS.acceptInvitation, { token, first_name: worst(100), last_name: worst(100) })
  await call(OPERATIONS.createInvitation, { email: `x${local}@example.test`, workspaces: places })
}

/** The last of each list is the worst, because the newest stands first. */
async function fillWorkspace(call: Client, workspace_id: string): Promise<string> {
  await call(OPERATIONS.createGuardrail, {
    name: worst(200),
    description: worst(1_000),
    workspace_id,
    allowed_models: [worst(200), 'sim/echo', 'sim/*'],
    content_filters: [{ pattern: 'W'.repeat(2_000), action: 'flag', label: worst(100) }],
  })
  await call(OPERATIONS.createPresetsChatCompletions, {
    slug: 'w'.repeat(50),
    workspace_id,
    model: worst(200),
    messages: [{ role: 'system', content: worst(LONG) }],
  })
  const { data: channel } = await call(OPERATIONS.createAlertChannel, {
    name: worst(100),
    target: { type: 'slack', url: `https://${'w'.repeat(60)}.example.com/hook` },
    workspace_id,
    enabled: false,
  })
  await call(OPERATIONS.createAlertRule, {
    name: worst(100),
    condition: { kind: 'budget' },
    workspace_id,
    channel_ids: [channel.id],
  })
  await call(OPERATIONS.createObservabilityDestination, {
    name: worst(200),
    type: 'otel-collector',
    config: { endpoint: `https://traces.example.com/${'w'.repeat(1_500)}` },
    workspace_id,
    enabled: false,
    filter_rules: {
      enabled: true,
      groups: [{ logic: 'and', rules: [{ field: 'model', operator: 'equals', value: worst(1_000) }] }],
    },
  })
  await call(OPERATIONS.createBYOKKey, {
    provider: 'openai',
    key: 'w'.repeat(200),
    name: worst(255),
    workspace_id,
    allowed_models: [worst(200)],
    disabled: true,
  })
  await call(OPERATIONS.upsertWorkspaceBudget, { id: workspace_id, interval: 'monthly', limit_usd: 1_000_000_000 })
  const { data: project } = await call(OPERATIONS.createProject, {
    id: workspace_id,
    slug: 'w'.repeat(50),
    name: worst(100),
    description: worst(500),
  })
  const made = await call(OPERATIONS.createKeys, {
    name: worst(200),
    workspace_id,
    external: { user: worst(256) },
    project_id: project.id,
    limit: 1_000_000_000,
    allowed_models: ['w'.repeat(200), 'sim/*', '*'],
  })
  return made.key
}

async function fillOrganization(call: Client): Promise<void> {
  await call(OPERATIONS.createKeys, { name: worst(200), type: 'management' })
  await call(OPERATIONS.createCustomRole, { name: worst(100), description: worst(500), permissions: ['key:read'] })
  await call(OPERATIONS.createPromptInjectionPhrase, { phrase: worst(200) })
  await call(OPERATIONS.createScimToken, { name: worst(100) })
  await call(OPERATIONS.createPaymentMethod, { provider: 'manual', name: worst(100) })
  await call(OPERATIONS.createCreditPurchase, { amount_usd: 1_000_000, reference: worst(255), note: worst(500) })
  await call(OPERATIONS.createCreditGrant, { amount_usd: 1_000_000, reference: worst(255), note: worst(500) })
  await call(OPERATIONS.createCustomProvider, {
    slug: 'w'.repeat(60),
    name: worst(200),
    base_url: `https://models.example.com/${'w'.repeat(200)}`,
    models: [{ id: `${'w'.repeat(90)}/${'w'.repeat(90)}`, context_length: 1_000_000, free: true }],
  })
}

/** Headers hold Latin-1 alone, and are told apart from the other texts by that. */
async function infer(gateway: Gateway, secret: string, model: string): Promise<void> {
  const markup = '<script>globalThis.stolen=1</script>'
  await fetch(`${gateway.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      'x-title': markup + 'W'.repeat(500),
      'http-referer': `https://${'w'.repeat(60)}.example.com/${markup}`,
      'user-agent': markup + 'W'.repeat(2_000),
    },
    body: JSON.stringify({
      model,
      user: worst(200),
      session_id: worst(256),
      messages: [{ role: 'user', content: worst(LONG) }],
    }),
  })
}
