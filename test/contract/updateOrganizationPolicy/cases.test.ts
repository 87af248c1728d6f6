import { afterAll, beforeEach, expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { getKey } from '../../../src/contract/management/keys.ts'
import { ORGANIZATION_POLICY_OPERATIONS } from '../../../src/contract/management/organization-policy.ts'
import { newKey, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { clearPolicy, SILENT_POLICY } from '../policy-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { getOrganizationPolicy, updateOrganizationPolicy } = ORGANIZATION_POLICY_OPERATIONS
const path = '/api/v1/organization/policy'
beforeEach(clearPolicy)
afterAll(clearPolicy)

test('200 keeps what is omitted, clears what is null, replaces lists whole', async () => {
  const first = { allowed_models: ['sim/lorem', 'sim/echo'], ignored_providers: ['azure'], enforce_zdr_xai: true }
  await call(updateOrganizationPolicy, first)
  const body = { allowed_models: ['sim/echo'], ignored_providers: null }
  const { data } = expectAnswer(await send('PATCH', path, { body }), 200, updateOrganizationPolicy.output)
  const updated_at = expect.stringMatching(/Z$/)
  expect(data).toEqual({ ...SILENT_POLICY, ...body, enforce_zdr_xai: true, updated_at })
  expect(await call(getOrganizationPolicy, {})).toEqual({ data })
})

test('200 keeps networks in CIDR notation, each once; what is none is a 400 that names it', async () => {
  const own = '127.0.0.0/8'
  const change = (allowed_ips: string[] | null) => send('PATCH', path, { body: { allowed_ips } })
  const { data } = expectAnswer(
    await change(['10.0.0.0/8', '::1', own, '10.0.0.0/8']),
    200,
    updateOrganizationPolicy.output,
  )
  expect(data.allowed_ips).toEqual(['10.0.0.0/8', '::1/128', own])
  expectError(await change(['10.0.0.0/8', '10.0.0.0/33']), 400, 'allowed_ips.1: must be an IP address or a network')
  expectError(await change([]), 400, 'allowed_ips')
  expect((await call(getOrganizationPolicy, {})).data.allowed_ips).toEqual(['10.0.0.0/8', '::1/128', own])
})

test('400 refuses networks that would shut out the key that sets them', async () => {
  const answer = await send('PATCH', path, { body: { allowed_ips: ['203.0.113.0/24'] } })
  expectError(answer, 400, 'allowed_ips: would shut out this call itself, which comes from 127.0.0.1')
  expect((await call(getOrganizationPolicy, {})).data.allowed_ips).toBeNull()
})

test('200 sets the rates of key types where a workspace says nothing, and the workspace comes first', async () => {
  const plain = await newKey({ workspace_id: (await newWorkspace()).id })
  const own = await newKey({ workspace_id: (await newWorkspace({ rate_limits: { standard: 7 } })).id })
  const rates = async () => {
    const keys = await Promise.all([plain, own].map(({ data: { hash } }) => call(getKey, { hash })))
    return keys.map(({ data }) => data.effective_rate_limit_rpm)
  }
  const { data } = await call(updateOrganizationPolicy, { rate_limits: { standard: 5, ephemeral: 6 } })
  expect(data.rate_limits).toEqual({ standard: 5, ephemeral: 6 })
  expect(await rates()).toEqual([5, 7])
  expect((await call(updateOrganizationPolicy, { rate_limits: null })).data.rate_limits).toBeNull()
  expect(await rates()).toEqual([600, 7])
})

test('200 keeps how many requests a minute may go to free models', async () => {
  expect((await call(updateOrganizationPolicy, { free_models_rpm: 20 })).data.free_models_rpm).toBe(20)
  expect((await call(updateOrganizationPolicy, { rate_limits: null })).data.free_models_rpm).toBe(20)
  expect((await call(updateOrganizationPolicy, { free_models_rpm: null })).data.free_models_rpm).toBeNull()
})

test('200 keeps how many requests a day may go to free models, with and without credits bought', async () => {
  const limits = { free_models_rpd: 50, free_models_rpd_purchased: 1_000 }
  expect((await call(updateOrganizationPolicy, limits)).data).toMatchObject(limits)
  expect((await call(updateOrganizationPolicy, { rate_limits: null })).data).toMatchObject(limits)
  const none = { free_models_rpd: null, free_models_rpd_purchased: null }
  expect((await call(updateOrganizationPolicy, none)).data).toMatchObject(none)
})

test('200 leaves wider guardrails as they are, and each says what it cannot do any more', async () => {
  const guardrail = await newGuardrail({
    allowed_models: ['sim/lorem', 'sim/echo', 'a/b'],
    allowed_providers: ['sim', 'azure'],
    enforce_zdr_openai: false,
    enforce_zdr_google: false,
    enable_paid_model_training: true,
    enable_free_model_training: false,
  })
  expect(guardrail.narrowed_by).toEqual([])
  await call(updateOrganizationPolicy, {
    allowed_models: ['sim/lorem', 'a/b:free'],
    ignored_models: ['a/b'],
    ignored_providers: ['azure'],
    enforce_zdr_openai: true,
    enable_paid_model_training: false,
    enable_free_model_training: false,
  })
  const narrowed_by = [
    { by: 'organization_policy', field: 'allowed_models', values: ['sim/echo', 'a/b'] },
    { by: 'organization_policy', field: 'allowed_providers', values: ['azure'] },
    { by: 'organization_policy', field: 'enforce_zdr_openai', values: null },
    { by: 'organization_policy', field: 'enable_paid_model_training', values: null },
  ]
  const { id } = guardrail
  expect((await call(GUARDRAIL_OPERATIONS.getGuardrail, { id })).data).toEqual({ ...guardrail, narrowed_by })
  const made = await newGuardrail({ allowed_providers: ['azure', 'openai'] })
  expect(made.narrowed_by).toEqual([{ by: 'organization_policy', field: 'allowed_providers', values: ['azure'] }])
  await clearPolicy()
  expect((await call(GUARDRAIL_OPERATIONS.getGuardrail, { id })).data).toEqual(guardrail)
})

test.each([
  ['an empty list', { allowed_models: [] }, 'allowed_models'],
  ['a switch that is none', { enforce_zdr_openai: 'yes' }, 'enforce_zdr_openai'],
  ['a budget, which a policy has not', { limit_usd: 5 }, 'limit_usd'],
  ['no request to free models at all', { free_models_rpm: 0 }, 'free_models_rpm'],
  ['no request a day', { free_models_rpd: 0 }, 'free_models_rpd'],
  ['half a request a day', { free_models_rpd_purchased: 1.5 }, 'free_models_rpd_purchased'],
  ['a negative rate', { rate_limits: { standard: -1 } }, 'rate_limits.standard'],
  ['a rate of a type that there is not', { rate_limits: { human: 1 } }, 'human'],
  ['the old single switch', { enforce_zdr: true }, 'enforce_zdr'],
])('400 names the field of %s, and nothing is changed', async (_name, body, field) => {
  const before = await call(getOrganizationPolicy, {})
  expectError(await send('PATCH', path, { body: { ignored_models: ['a/b'], ...body } }), 400, field)
  expect(await call(getOrganizationPolicy, {})).toEqual(before)
})

test('403 for an Admin of a workspace, who may read it', async () => {
  const { cookie } = gateway.sessions.admin
  expectError(await send('PATCH', path, { cookie, body: {} }), 403, 'organization:update')
})
