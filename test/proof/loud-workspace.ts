import { chat } from '../e2e/chat-client.ts'
import { manageAt } from '../e2e/manage.ts'
import { FLAT_PRICE_USD } from '../e2e/provider-config.ts'
import type { Gateway } from '../harness/gateway-process.ts'

/* Workspaces, and everything that may be done to one of them. */

export interface Place {
  id: string
  key: string
  defaultGuardrail: string
}

export async function makePlace(gateway: Gateway, slug: string, fields: object): Promise<Place> {
  const manage = manageFor(gateway)
  const workspace = await manage('POST', 'workspaces', { name: slug, slug, default_provider_sort: 'price', ...fields })
  const id = String(workspace['id'])
  const key = await gateway.createKey({ workspace_id: id, rate_limit_rpm: 0 })
  const { default_guardrail_id } = await manage('GET', `workspaces/${id}`)
  return { id, key, defaultGuardrail: String(default_guardrail_id) }
}

/** Things made in the loud workspace that may be changed and removed again. */
export interface Made {
  guardrails: string[]
  byok: string[]
  projects: string[]
}

/** Every kind of change of a workspace that a request may feel. */
export function changesOf(
  gateway: Gateway,
  { id, key, defaultGuardrail }: Place,
  made: Made,
  draw: (below: number) => number,
) {
  const manage = manageFor(gateway)
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)] as T
  const name = () => `thing-${draw(1e9)}`
  const settings = (fields: object) => () => manage('PATCH', `workspaces/${id}`, fields)
  const restriction = () =>
    pick([
      { allowed_models: pick([null, ['alpha/flat'], ['alpha/small']]) },
      { ignored_providers: pick([null, ['alpha'], ['beta'], ['alpha', 'beta']]) },
      { enforce_zdr: pick([true, false]) },
      { content_filter_builtins: pick([null, [{ slug: 'email', action: pick(['block', 'redact', 'flag']) }]]) },
      { limit_usd: FLAT_PRICE_USD * (1 + draw(5)), reset_interval: pick(['daily', 'weekly', 'monthly']) },
    ])
  const removeOne = (list: string[], path: string) => async () => {
    const gone = list.shift()
    if (gone !== undefined) await manage('DELETE', `${path}/${gone}`)
  }
  return [
    settings({ name: name() }),
    settings({ allowed_ips: pick([null, ['10.0.0.0/8'], ['127.0.0.0/8']]) }),
    settings({ is_observability_io_logging_enabled: pick([true, false]) }),
    settings({ default_text_model: pick([null, 'alpha/flat', 'alpha/small']) }),
    settings({ require_project: pick([true, false]) }),
    settings({ credit_pool: pick(['shared', 'dedicated']) }),
    () =>
      manage('PUT', `workspaces/${id}/budgets/monthly`, {
        limit_usd: FLAT_PRICE_USD * (1 + draw(20)),
        include_byok_in_budgets: pick([true, false]),
      }),
    () => manage('DELETE', `workspaces/${id}/budgets/monthly`),
    () => manage('PATCH', `guardrails/${defaultGuardrail}`, restriction()),
    async () => {
      const fields = { name: name(), workspace_id: id, ...restriction() }
      made.guardrails.push(String((await manage('POST', 'guardrails', fields))['id']))
    },
    removeOne(made.guardrails, 'guardrails'),
    async () => {
      const fields = { provider: 'openai', key: `sk-${name()}-of-the-loud-one`, workspace_id: id }
      made.byok.push(String((await manage('POST', 'byok', fields))['id']))
    },
    removeOne(made.byok, 'byok'),
    async () => {
      const slug = name()
      await manage('POST', `workspaces/${id}/projects`, { slug, name: slug })
      await manage('PUT', `workspaces/${id}/projects/${slug}/budgets/daily`, { limit_usd: FLAT_PRICE_USD })
      made.projects.push(slug)
    },
    removeOne(made.projects, `workspaces/${id}/projects`),
    async () =>
      void (await gateway.createKey({
        workspace_id: id,
        limit: draw(3),
        expires_at: pick([null, '2099-01-01T00:00:00Z']),
      })),
    () => chat(gateway, key, { model: 'alpha/flat' }),
    () => chat(gateway, key, { model: 'alpha/flat', stream: true }),
  ]
}

function manageFor(gateway: Gateway) {
  return (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)
}
