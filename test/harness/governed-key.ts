import type { Gateway } from './gateway-process.ts'

/** Far from what any test spends. */
const LIMIT_USD = 1_000_000

/** For the gateway of a governed key: its organization pays in advance, which is one of the six limits. */
export const GOVERNED_ENV = { SWITCHYARD_BILLING: 'prepaid', SWITCHYARD_INITIAL_CREDITS_USD: String(10 * LIMIT_USD) }

/**
 * A key with everything that can govern it: six limits of money (credits, workspace, project, guardrail of the workspace,
 * guardrail of the key, key), an IP allowlist of its own and of its workspace, a guardrail that lists models and providers,
 * and filters that redact. None of them is in the way of a request for `model`.
 */
export async function createGovernedKey(
  gateway: Gateway,
  { model, provider, rateLimitRpm }: { model: string; provider: string; rateLimitRpm: number },
): Promise<string> {
  const call = async (method: string, path: string, body: object) => {
    const answer = await gateway.call(method, `/api/v1/${path}`, { body })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body as { key: string; data: { id: string; hash: string; default_guardrail_id: string } }
  }
  const allowed_ips = ['127.0.0.0/8']
  const { data } = await call('POST', 'workspaces', { name: 'Governed', slug: 'governed', allowed_ips })
  const { id: workspace_id, default_guardrail_id } = data
  const workspace = `workspaces/${workspace_id}`
  const limit = { limit_usd: LIMIT_USD }
  await call('PUT', `${workspace}/budgets/monthly`, limit)
  const project = await call('POST', `${workspace}/projects`, { name: 'Apollo', slug: 'apollo' })
  await call('PUT', `${workspace}/projects/apollo/budgets/daily`, limit)
  const lists = { allowed_models: [model], allowed_providers: [provider] }
  await call('PATCH', `guardrails/${default_guardrail_id}`, { ...limit, reset_interval: 'weekly', ...lists })
  const { key, data: made } = await call('POST', 'keys', {
    name: 'governed',
    workspace_id,
    allowed_ips,
    project_id: project.data.id,
    limit: LIMIT_USD,
    limit_reset: 'monthly',
    rate_limit_rpm: rateLimitRpm,
  })
  const guardrail = await call('POST', 'guardrails', {
    name: 'Governed',
    workspace_id,
    ...limit,
    reset_interval: 'daily',
    content_filters: [{ pattern: 'ACME-[0-9]{6}', action: 'redact' }],
    content_filter_builtins: [
      { slug: 'email', action: 'redact' },
      { slug: 'credit-card', action: 'redact' },
    ],
  })
  await call('POST', `guardrails/${guardrail.data.id}/assignments/keys`, { key_hashes: [made.hash] })
  return key
}
