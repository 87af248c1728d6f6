import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SimulationWire } from '../../../src/contract/management/simulation.ts'
import { LongReads } from '../../../src/control/long-reads.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { AppError } from '../../../src/domain/app-error.ts'
import { toDate } from '../../../src/domain/windows.ts'
import { ORIGIN } from '../two-organizations.ts'
import { type MadeKey, type Person, UsageWorld } from '../usage-world.ts'

const DAY_MS = 86_400_000
const USD = 1_000_000_000n
const NOW = Date.now()

let world: UsageWorld
let workspaceId: string
let key: MadeKey
let developer: Person
let ofDeveloper: MadeKey

beforeAll(async () => {
  world = await UsageWorld.make()
  workspaceId = await world.newWorkspace('old')
  developer = await world.newPerson('dev', { [workspaceId]: 'developer' })
  key = await world.newKey(workspaceId, null)
  ofDeveloper = await world.newKey(workspaceId, developer)
})
afterAll(() => world.close())

async function simulate(input: object, actor: Actor = world.management): Promise<SimulationWire> {
  return (await world.invoke<{ data: SimulationWire }>('simulate', actor, input)).data
}

test('200 goes through all pages once, and only through the days asked for and what somebody may see', async () => {
  const at = (days: number) => NOW - days * DAY_MS
  await world.use(key, [
    ...Array.from({ length: 2_300 }, (_, index) => ({ at: at(1) - (index % 7) * 1_000, cost: 2n })),
    { at: at(8), cost: USD },
  ])
  await world.use(ofDeveloper, [{ at: at(1), cost: 5n }])
  const guardrail = {}
  expect(await simulate({ workspace_id: workspaceId, guardrail, days: 3 })).toMatchObject({
    requests: 2_301,
    usage_usd: 4_605e-9,
    complete: true,
    unknown_endpoint: 2_301,
  })
  expect(await simulate({ workspace_id: workspaceId, guardrail, days: 9 })).toMatchObject({ requests: 2_302 })
  expect(await simulate({ guardrail, days: 3, user_id: developer.userId })).toMatchObject({ requests: 1 })
  expect(await simulate({ guardrail, days: 3 }, developer)).toMatchObject({ requests: 1, usage_usd: 5e-9 })
  const elsewhere = await world.newPerson('elsewhere', {})
  expect(await simulate({ guardrail }, elsewhere)).toMatchObject({ requests: 0 })
})

test('200 a window that began before the days asked for counts what was spent in it by then', async () => {
  const before = NOW - 2 * DAY_MS
  const id = await world.newWorkspace('windows')
  const used = await world.newKey(id, null)
  await world.use(used, [
    { at: before, cost: USD },
    { at: NOW - 1_000, cost: USD },
  ])
  const isSameMonth = toDate(before).slice(0, 7) === toDate(NOW).slice(0, 7)
  const monthly = await simulate({ workspace_id: id, budget: { limit_usd: 1, interval: 'monthly' }, days: 1 })
  expect(monthly).toMatchObject({ requests: 1, blocked: isSameMonth ? 1 : 0 })
  const daily = await simulate({ workspace_id: id, budget: { limit_usd: 1, interval: 'daily' }, days: 1 })
  expect(daily).toMatchObject({ requests: 1, blocked: 0 })
  const lifetime = await simulate({ workspace_id: id, budget: { limit_usd: 1, interval: 'lifetime' }, days: 1 })
  expect(lifetime).toMatchObject({ requests: 1, blocked: 0 })
  const whole = await simulate({ workspace_id: id, budget: { limit_usd: 1, interval: 'lifetime' }, days: 4 })
  expect(whole).toMatchObject({ requests: 2, blocked: 1, saved_usd: 1 })
  expect(whole.by_day.map(({ date, blocked }) => [date, blocked])).toEqual([
    [toDate(before), 0],
    [toDate(NOW - 1_000), 1],
  ])
})

const MANY = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 200_001 : 0

test.runIf(MANY > 0)(
  '200 says how far it came when there are more requests than one simulation goes through',
  async () => {
    const id = await world.newWorkspace('many')
    const used = await world.newKey(id, null)
    const [made = ''] = await world.use(used, [{ at: NOW - 3_600_000, cost: 1n }])
    await sql`
    INSERT INTO generation (id, created_at, request_id, organization_id, workspace_id, key_id, api_type, model, endpoint_id,
      provider_name, streamed, cancelled, outcome, tokens_prompt, tokens_completion, tokens_reasoning, tokens_cached,
      usage_estimated, cost_nano, prompt_cost_nano, uncharged_nano, price_version, attempts, replica_id)
    SELECT 'gen-' || at || '-' || lpad(number::text, 20, '0'), to_timestamp(at), request_id, organization_id, workspace_id, key_id,
      api_type, model, endpoint_id, provider_name, streamed, cancelled, outcome, tokens_prompt, tokens_completion,
      tokens_reasoning, tokens_cached, usage_estimated, cost_nano, prompt_cost_nano, uncharged_nano, price_version, attempts, replica_id
    FROM generation CROSS JOIN LATERAL (SELECT number, extract(epoch FROM created_at)::bigint + number / 100 AS at
      FROM generate_series(1, ${MANY - 1}::integer) AS number) AS copy
    WHERE id = ${made}`.execute(world.world.database.kysely)
    const budget = { limit_usd: 1, interval: 'daily' } as const
    const first = await simulate({ workspace_id: id, budget, days: 2 })
    expect(first).toMatchObject({ complete: false, requests: 200_000, blocked: 0 })
    expect(Date.parse(first.covered_until)).toBeLessThan(Date.parse(first.to))
  },
)

test('429 while enough simulations run', async () => {
  const longReads = new LongReads()
  let end = () => {}
  const running = new Promise<void>((resolve) => {
    end = resolve
  })
  const others = [longReads.run(() => running), longReads.run(() => running)]
  const control = world.world.controlWith({ longReads })
  const run = () => control.invoke('simulate', world.management, { guardrail: {}, workspace_id: workspaceId }, ORIGIN)
  const refusal = await run().catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(AppError)
  expect(refusal).toMatchObject({ status: 429, retryAfterSeconds: 5 })
  end()
  await Promise.all(others)
  expect(await run()).toMatchObject({ data: { complete: true } })
})
