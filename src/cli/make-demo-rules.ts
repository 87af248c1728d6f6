import type { createClient } from '../contract/client.ts'
import { OPERATIONS } from '../contract/operations.ts'
import type { DemoKey, DemoWorkspace } from './demo-plan.ts'
import type { DemoSender } from './demo-traffic.ts'

export type DemoClient = ReturnType<typeof createClient>
type MadeKey = DemoSender & { hash: string }
type Place = DemoWorkspace & { id: string }

/** `userIds`: of the members who have accepted, by address. */
export async function makeKeys(
  call: DemoClient,
  { id, keys }: Place,
  userIds: ReadonlyMap<string, string>,
): Promise<MadeKey[]> {
  const made: MadeKey[] = []
  for (const key of keys) made.push(await makeKey(call, id, { ...key, ownerId: userIds.get(key.owner ?? '') }))
  return made
}

async function makeKey(
  call: DemoClient,
  workspace_id: string,
  key: DemoKey & { ownerId: string | undefined },
): Promise<MadeKey> {
  const { name, ownerId, type = 'standard', allowedModels, limitUsd = null, limitReset = null } = key
  const made = await call(OPERATIONS.createKeys, {
    name,
    workspace_id,
    type,
    limit: limitUsd,
    limit_reset: limitReset,
    ...(ownerId !== undefined && { creator_user_id: ownerId }),
    ...(allowedModels !== undefined && { allowed_models: allowedModels }),
  })
  const { hash } = made.data
  if (key.isLost) await call(OPERATIONS.updateKeys, { hash, disabled: true })
  return { ...key, hash, secret: made.key }
}

/** What governs a workspace beside its keys. What would call somebody outside is made switched off. */
export async function makeRules(call: DemoClient, place: Place, keys: readonly MadeKey[]): Promise<void> {
  await makePresets(call, place.id)
  await makeCredentials(call, place.id)
  await makeAlertRules(call, place)
  await call(OPERATIONS.createObservabilityDestination, {
    name: 'Traces of the team',
    type: 'otel-collector',
    config: { endpoint: 'https://traces.example.com/v1/traces' },
    workspace_id: place.id,
    enabled: false,
    sampling_rate: 0.25,
  })
  if (place.hasGuardrail) await makeGuardrail(call, place.id, keys)
}

async function makePresets(call: DemoClient, workspace_id: string): Promise<void> {
  const make = async (slug: string, max_tokens: number, system: string) =>
    await call(OPERATIONS.createPresetsChatCompletions, {
      slug,
      workspace_id,
      model: 'sim/lorem',
      temperature: 0.2,
      max_tokens,
      messages: [{ role: 'system', content: system }],
    })
  await make('brief', 300, 'Answer shortly.')
  // A second version of the same.
  await make('brief', 200, 'Answer in at most three sentences.')
  await make('release-notes', 500, 'Write for people who use the product, not for those who make it.')
}

/** The built-in provider takes any credential, and what it is good for costs nothing. */
async function makeCredentials(call: DemoClient, workspace_id: string): Promise<void> {
  const credential = { workspace_id, key: 'demo-credential-of-nobody' }
  await call(OPERATIONS.createBYOKKey, {
    ...credential,
    provider: 'sim',
    name: 'Own capacity',
    allowed_models: ['sim/echo'],
  })
  await call(OPERATIONS.createBYOKKey, {
    ...credential,
    provider: 'openai',
    name: 'Contract of last year',
    disabled: true,
  })
}

async function makeAlertRules(call: DemoClient, { id: workspace_id, slug }: Place): Promise<void> {
  const { data } = await call(OPERATIONS.createAlertChannel, {
    name: 'Channel of the team',
    target: { type: 'slack', url: `https://hooks.example.com/${slug}` },
    workspace_id,
    enabled: false,
  })
  const channel_ids = [data.id]
  const make = async (name: string, condition: { kind: 'new_network' } | { kind: 'spend_spike'; factor: number }) =>
    await call(OPERATIONS.createAlertRule, { name, condition, workspace_id, channel_ids })
  // Beside those that each organization has from the beginning.
  await make('New networks', { kind: 'new_network' })
  await make('Early word of spikes', { kind: 'spend_spike', factor: 2 })
}

async function makeGuardrail(call: DemoClient, workspace_id: string, keys: readonly MadeKey[]): Promise<void> {
  const { data } = await call(OPERATIONS.createGuardrail, {
    name: 'Personal data',
    description: 'What customers tell stays here',
    workspace_id,
    content_filter_builtins: [
      { slug: 'credit-card', action: 'block' },
      { slug: 'email', action: 'redact' },
    ],
  })
  const key_hashes = keys.flatMap(({ hash, weight }) => (weight === undefined ? [] : [hash]))
  await call(OPERATIONS.bulkAssignKeysToGuardrail, { id: data.id, key_hashes })
}
