import type { Gateway } from '../harness/gateway-process.ts'

export interface DemoWorld {
  /** By slug. */
  workspaces: Readonly<Record<string, string>>
  keyHash: string
}

const TEXTS = [
  'Summarize the meeting of this morning in three sentences',
  'Which invoice is overdue?',
  'Write a release note for version 2.4',
]

/** A few workspaces with keys, budgets and traffic, all made through the API. */
export async function makeDemoWorld(gateway: Gateway): Promise<DemoWorld> {
  const post = async (path: string, body: object) => await call(gateway, 'POST', path, body)
  const list = (await call(gateway, 'GET', '/api/v1/workspaces')) as { data: { id: string; slug: string }[] }
  const home = list.data[0]?.id ?? ''
  const made: Record<string, string> = { default: home }
  for (const [slug, name] of [
    ['research', 'Research'],
    ['support', 'Customer support'],
    ['a-very-long-name', 'The workspace whose name takes all eighty of the characters that it is allowed to'],
  ] as const) {
    const answer = (await post('/api/v1/workspaces', { name, slug })) as { data: { id: string } }
    made[slug] = answer.data.id
  }
  for (const [interval, limit_usd] of [
    ['daily', 0.002],
    ['monthly', 500],
  ] as const) {
    await call(gateway, 'PUT', `/api/v1/workspaces/${home}/budgets/${interval}`, { limit_usd })
  }
  const key = await post('/api/v1/keys', {
    name: 'Backend of the shop',
    workspace_id: home,
    limit: 25,
    limit_reset: 'monthly',
  })
  const { key: secret, data } = key as { key: string; data: { hash: string } }
  await post('/api/v1/keys', { name: 'Nightly batch', workspace_id: home, type: 'scoped', allowed_models: ['sim/*'] })
  await post('/api/v1/keys', { name: 'Old laptop', workspace_id: home })
  for (const model of ['sim/lorem', 'sim/echo', 'sim/lorem', 'sim/error-503', 'sim/nothing-like-this'])
    for (const content of TEXTS) await infer(gateway, secret, { model, messages: [{ role: 'user', content }] })
  return { workspaces: made, keyHash: data.hash }
}

async function call(gateway: Gateway, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await gateway.call(method, path, body === undefined ? {} : { body })
  if (answer.status >= 400)
    throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** Whatever comes of it: refusals and failures are a part of what is looked at. */
async function infer(gateway: Gateway, key: string, body: object): Promise<void> {
  await gateway.call('POST', '/api/v1/chat/completions', { key, body })
}
