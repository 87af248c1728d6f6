import { OpenRouter } from '@openrouter/sdk'
import { expect, test } from 'vitest'
import { newKey, newWorkspace } from './fixtures.ts'
import { gateway } from './request.ts'

const { guardrails } = new OpenRouter({
  apiKey: gateway.managementKey,
  serverURL: `${gateway.url}/api/v1`,
  retryConfig: { strategy: 'none' },
})

test('guardrails with every field, listed, changed and deleted', async () => {
  const { id: workspaceId } = await newWorkspace()
  const request = {
    name: 'sdk',
    workspaceId,
    description: 'text',
    allowedDataRegions: ['global' as const],
    allowedModels: ['sim/lorem'],
    allowedProviders: ['sim'],
    ignoredModels: ['sim/echo'],
    ignoredProviders: ['azure'],
    limitUsd: 12.5,
    resetInterval: 'monthly' as const,
    includeByokInBudgets: true,
    enforceZdrAnthropic: true,
    enforceZdrOther: false,
    enableFreeModelPublication: false,
    enableFreeModelTraining: false,
    enablePaidModelTraining: true,
    contentFilters: [{ pattern: 'PRJ-[0-9]+', action: 'redact' as const, label: 'project' }],
    contentFilterBuiltins: [{ slug: 'regex-prompt-injection' as const, action: 'block' as const }],
  }
  const { data } = await guardrails.create({ createGuardrailRequest: request })
  expect(data).toMatchObject(request)
  const { id } = data
  expect((await guardrails.get({ id })).data).toEqual(data)
  const listed = []
  for await (const page of await guardrails.list({ workspaceId })) listed.push(...page.result.data)
  expect(listed).toEqual([data])
  const updated = await guardrails.update({ id, updateGuardrailRequest: { limitUsd: null, contentFilters: [] } })
  expect(updated.data).toMatchObject({ limitUsd: null, contentFilters: [] })
  expect(await guardrails.delete({ id })).toEqual({ deleted: true })
})

test('assignments of both kinds, listed by guardrail and all', async () => {
  const { id: workspaceId } = await newWorkspace()
  const { id } = (await guardrails.create({ createGuardrailRequest: { name: 'sdk', workspaceId } })).data
  const { hash } = (await newKey({ workspace_id: workspaceId })).data
  const keys = { keyHashes: [hash] }
  const members = { memberUserIds: [gateway.userId] }
  expect(await guardrails.bulkAssignKeys({ id, bulkAssignKeysRequest: keys })).toEqual({ assignedCount: 1 })
  expect(await guardrails.bulkAssignMembers({ id, bulkAssignMembersRequest: members })).toEqual({ assignedCount: 1 })
  const found: unknown[] = []
  for await (const page of await guardrails.listGuardrailKeyAssignments({ id })) found.push(...page.result.data)
  for await (const page of await guardrails.listGuardrailMemberAssignments({ id })) found.push(...page.result.data)
  expect(found).toMatchObject([
    { keyHash: hash, guardrailId: id },
    { userId: gateway.userId, guardrailId: id },
  ])
  const all: { id: string }[] = []
  for await (const page of await guardrails.listKeyAssignments()) all.push(...page.result.data)
  for await (const page of await guardrails.listMemberAssignments()) all.push(...page.result.data)
  for (const assignment of found) expect(all).toContainEqual(assignment)
  expect(await guardrails.bulkUnassignKeys({ id, bulkUnassignKeysRequest: keys })).toEqual({ unassignedCount: 1 })
  const unassigned = await guardrails.bulkUnassignMembers({ id, bulkUnassignMembersRequest: members })
  expect(unassigned).toEqual({ unassignedCount: 1 })
})

test('a bad pattern is its typed bad request', async () => {
  const contentFilters = [{ pattern: '(?=x)', action: 'flag' as const }]
  await expect(guardrails.create({ createGuardrailRequest: { name: 'x', contentFilters } })).rejects.toMatchObject({
    name: 'BadRequestResponseError',
    statusCode: 400,
  })
})
