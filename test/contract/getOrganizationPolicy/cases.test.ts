import { afterAll, expect, test } from 'vitest'
import { ORGANIZATION_POLICY_OPERATIONS } from '../../../src/contract/management/organization-policy.ts'
import { clearPolicy, SILENT_POLICY } from '../policy-fixtures.ts'
import { call, expectAnswer, gateway, send } from '../request.ts'

const { getOrganizationPolicy, updateOrganizationPolicy } = ORGANIZATION_POLICY_OPERATIONS
afterAll(clearPolicy)

test('200 to every member; another organization has its own', async () => {
  await clearPolicy()
  const { data } = await call(updateOrganizationPolicy, { ignored_providers: ['azure'], enforce_zdr_openai: true })
  for (const { cookie } of [gateway.sessions.orgAdmin, gateway.sessions.orgMember, gateway.sessions.viewer]) {
    const answer = await send('GET', '/api/v1/organization/policy', { cookie })
    expect(expectAnswer(answer, 200, getOrganizationPolicy.output)).toEqual({ data })
  }
  const { cookie } = gateway.other.orgAdmin
  const answer = await send('GET', '/api/v1/organization/policy', { cookie })
  expect(expectAnswer(answer, 200, getOrganizationPolicy.output)).toEqual({
    data: { ...SILENT_POLICY, updated_at: null },
  })
})
