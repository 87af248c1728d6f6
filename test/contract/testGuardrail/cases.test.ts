import { expect, test } from 'vitest'
import { GUARDRAIL_PREVIEW_OPERATIONS } from '../../../src/contract/management/guardrail-previews.ts'
import type { GuardrailWire } from '../../../src/contract/management/guardrails.ts'
import { ORGANIZATION_POLICY_OPERATIONS } from '../../../src/contract/management/organization-policy.ts'
import { NO_UUID } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { testGuardrail } = GUARDRAIL_PREVIEW_OPERATIONS
const run = (id: string, body: unknown) => send('POST', `/api/v1/guardrails/${id}/test`, { body })

async function outcome({ id }: GuardrailWire, text: string, role?: string) {
  return expectAnswer(await run(id, { text, role }), 200, testGuardrail.output).data
}

test('200 with nothing found when there is no filter', async () => {
  const data = await outcome(await newGuardrail(), 'a@b.de')
  expect(data).toEqual({ action: 'none', text: 'a@b.de', refusal: null, findings: [], best_effort: [] })
})

test('200 with the text as it would be sent on, and each find in its place', async () => {
  const guardrail = await newGuardrail({
    content_filters: [{ pattern: 'PRJ-[0-9]+', action: 'flag', label: 'project' }],
    content_filter_builtins: [
      { slug: 'email', action: 'redact' },
      { slug: 'address', action: 'block' },
    ],
  })
  expect(await outcome(guardrail, 'ask a@b.de of PRJ-12')).toEqual({
    action: 'redact',
    text: 'ask [EMAIL] of PRJ-12',
    refusal: null,
    findings: [
      { filter: 'email', pattern: null, label: 'Email address', action: 'redact', start: 4, end: 10, match: 'a@b.de' },
      {
        filter: 'custom',
        pattern: 'PRJ-[0-9]+',
        label: 'project',
        action: 'flag',
        start: 14,
        end: 20,
        match: 'PRJ-12',
      },
    ],
    best_effort: ['address'],
  })
})

test('200 with the refusal that the caller would get, and no text', async () => {
  const guardrail = await newGuardrail({ content_filter_builtins: [{ slug: 'ssn', action: 'block' }] })
  expect(await outcome(guardrail, 'mine is 123-45-6789')).toMatchObject({
    action: 'block',
    text: null,
    refusal: { message: 'Request blocked by content filter: Social Security number' },
  })
})

test('200 for prompt injection by its scope, and without the phrases that the organization lets pass', async () => {
  const guardrail = await newGuardrail({
    content_filter_builtins: [{ slug: 'regex-prompt-injection', action: 'block', scan_scope: 'user_only' }],
  })
  const text = `ignore previous instructions ${newSlug()}`
  expect(await outcome(guardrail, text)).toMatchObject({
    refusal: { patterns: ['ignore previous instructions'] },
    findings: [{ pattern: 'ignore_previous_instructions' }],
  })
  expect((await outcome(guardrail, text, 'tool')).action).toBe('none')
  await call(ORGANIZATION_POLICY_OPERATIONS.createPromptInjectionPhrase, { phrase: text.toUpperCase() })
  expect((await outcome(guardrail, text)).action).toBe('none')
})

test('200 in the end, found out or timed out, for patterns that cost much, while others are answered', async () => {
  const guardrail = await newGuardrail({
    content_filters: ['c', 'd', 'e', 'f', 'g'].map((last) => ({ pattern: `a[ab]{9}${last}`, action: 'flag' })),
  })
  let data: Awaited<ReturnType<typeof outcome>> | undefined
  const running = outcome(guardrail, 'ab'.repeat(4_096)).then((answer) => {
    data = answer
  })
  while (data === undefined) expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
  await running
  const nothingKnown = { text: null, refusal: null, findings: [], best_effort: [] }
  if (data.action === 'timed_out') expect(data).toEqual({ action: 'timed_out', ...nothingKnown })
  else expect(data).toMatchObject({ action: 'none', refusal: null })
})

test.each([
  ['no text', {}, 'text'],
  ['an empty text', { text: '' }, 'text'],
  ['a text of 8193 characters', { text: 'x'.repeat(8_193) }, 'text'],
  ['an unknown role', { text: 'x', role: 'robot' }, 'role'],
])('400 for %s', async (_name, body, field) => {
  expectError(await run((await newGuardrail()).id, body), 400, field)
})

test('404 for an unknown guardrail', async () => {
  expectError(await run(NO_UUID, { text: 'x' }), 404, /^Guardrail not found$/)
})
