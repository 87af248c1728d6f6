import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FALSE_POSITIVE_OPERATIONS } from '../../../src/contract/inference/false-positives.ts'
import {
  type FilterFindings,
  GUARDRAIL_OPERATIONS,
  type GuardrailWire,
} from '../../../src/contract/management/guardrails.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import type { Finding } from '../../../src/domain/content-filters.ts'
import type { Decision, Rules } from '../../../src/domain/decision.ts'
import { newFiltered } from '../false-positive-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'
import { UsageWorld } from '../usage-world.ts'

const { listGuardrailFindings } = GUARDRAIL_OPERATIONS
const { markFalsePositive } = FALSE_POSITIVE_OPERATIONS
const DAY_MS = 86_400_000
const found = async (id: string) =>
  expectAnswer(await send('GET', `/api/v1/guardrails/${id}/findings`), 200, listGuardrailFindings.output).data

test('200 with nothing for a guardrail that found nothing', async () => {
  const { id } = await newGuardrail()
  const { since, filters } = await found(id)
  expect(filters).toEqual([])
  expect(Math.round((Date.now() - Date.parse(since)) / DAY_MS)).toBe(30)
})

test('200 with each filter: in how many requests it found how much, and how many of them are marked', async () => {
  const { say, guardrailId } = await newFiltered()
  const first = await say('PRJ-1 and PRJ-2 are asked for by a@b.de')
  const refused = await say('PRJ-3 belongs to 123-45-6789')
  await say('nothing to be found here')
  await call(markFalsePositive, { id: first, finding: 0 })
  await call(markFalsePositive, { id: refused })
  expect((await found(guardrailId)).filters).toEqual([
    { filter: 'custom', pattern: 'PRJ-[0-9]+', label: 'project', requests: 2, finds: 3, false_positives: 1 },
    { filter: 'email', pattern: null, label: 'Email address', requests: 1, finds: 1, false_positives: 1 },
    { filter: 'ssn', pattern: null, label: 'Social Security number', requests: 1, finds: 1, false_positives: 1 },
  ])
})

test('404 for an unknown guardrail', async () => {
  expectError(await send('GET', `/api/v1/guardrails/${NO_UUID}/findings`), 404, 'Guardrail not found')
})

describe('counted', () => {
  let world: UsageWorld
  let guardrail: GuardrailWire
  let owner: Actor
  let colleague: Actor

  beforeAll(async () => {
    world = await UsageWorld.make()
    const alpha = await world.newWorkspace('Alpha')
    const ada = await world.newPerson('ada', { [alpha]: 'developer' })
    owner = ada
    colleague = await world.newPerson('colleague', { [alpha]: 'developer' })
    const input = { name: 'g', workspace_id: alpha }
    guardrail = (await world.invoke<{ data: GuardrailWire }>('createGuardrail', world.management, input)).data
    await world.invoke('bulkAssignMembersToGuardrail', world.management, {
      id: guardrail.id,
      member_user_ids: ['user_ada', 'user_colleague'],
    })
    const other = { scope: 'workspace', id: '00000000-0000-4000-8000-0000000000aa', name: 'other' } as const
    const rules: Rules = { guardrails: [other, { scope: 'member', id: guardrail.id, name: 'g' }], limits: [] }
    const { organizationId } = world.world.ours.actor
    await world.world.database.kysely
      .insertInto('rules_in_force')
      .values({
        organization_id: organizationId,
        id: 'rules-1',
        rules: JSON.stringify(rules),
        last_met: new Date().toISOString().slice(0, 10),
      })
      .execute()
    const names = ['email', 'phone', 'ssn', 'not_checked'] as const
    const findings = names.map((filter): Finding => ({ filter, label: null, action: 'flag', patterns: [], count: 2 }))
    const decision: Decision = { rules: 'rules-1', finders: [1, 0, -1, 1] }
    const record = { findings, decision }
    const key = await world.newKey(alpha, ada)
    await world.use(key, [
      record,
      { ...record, at: Date.now() - 29 * DAY_MS },
      { ...record, at: Date.now() - 31 * DAY_MS },
    ])
    await world.use(await world.newKey(alpha, null), [record])
  })
  afterAll(async () => {
    await world?.close()
  })

  const countedFor = async (actor: Actor) => {
    const input = { id: guardrail.id }
    return (await world.invoke<{ data: { filters: FilterFindings[] } }>('listGuardrailFindings', actor, input)).data
      .filters
  }
  const email = { filter: 'email', pattern: null, label: null, false_positives: 0 }

  test('is what the guardrail itself found in 30 days, without what others found and what nobody looked at', async () => {
    expect(await countedFor(world.management)).toEqual([{ ...email, requests: 3, finds: 6 }])
  })

  test('is what the requests say that the caller may see in the log', async () => {
    expect(await countedFor(owner)).toEqual([{ ...email, requests: 2, finds: 4 }])
    expect(await countedFor(colleague)).toEqual([])
  })
})
