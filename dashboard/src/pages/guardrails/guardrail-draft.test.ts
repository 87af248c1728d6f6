import { expect, test } from 'vitest'
import { BUILTIN_SLUGS } from '../../../../src/contract/management/guardrail-fields.ts'
import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { BUILTIN_TITLES, draftOf, NEW_GUARDRAIL, settingsOf } from './guardrail-draft.ts'

const { createGuardrail } = GUARDRAIL_OPERATIONS

test('a draft with nothing but a name says nothing else', () => {
  const settings = settingsOf({ ...NEW_GUARDRAIL, name: ' Strict ' })
  expect(createGuardrail.input.safeParse(settings).success).toBe(true)
  expect(Object.entries(settings).filter(([, value]) => value !== null)).toEqual([
    ['name', 'Strict'],
    ['include_byok_in_budgets', false],
    ['on_filter_timeout', 'block'],
  ])
})

test('what a form says comes back from what was stored', () => {
  const draft = {
    ...NEW_GUARDRAIL,
    name: 'Strict',
    allowedModels: 'openai/gpt-4o\nsim/*',
    ignoredProviders: 'slow',
    limit: '12.5',
    reset: 'daily' as const,
    zdr: ['enforce_zdr_anthropic', 'enforce_zdr_other'],
    countsByok: true,
    shut: ['enable_free_model_training'],
    regions: ['europe'],
    builtins: { email: 'redact' as const, 'regex-prompt-injection': 'flag' as const },
    injectionScope: 'user_only' as const,
    patterns: [
      { pattern: 'secret-\\d{2,3}', action: 'flag' as const, label: 'Project' },
      { pattern: 'aurora', action: 'block' as const, label: '' },
    ],
    onTimeout: 'allow' as const,
  }
  const settings = settingsOf(draft)
  expect(createGuardrail.input.safeParse(settings).success).toBe(true)
  expect(draftOf(settings as unknown as GuardrailWire)).toEqual(draft)
})

test('every built-in filter has a title', () =>
  expect(Object.keys(BUILTIN_TITLES).toSorted()).toEqual([...BUILTIN_SLUGS].toSorted()))

test('a change keeps what the form does not ask for', () => {
  const wire = {
    name: 'Strict',
    description: null,
    limit_usd: null,
    enforce_zdr: null,
    enforce_zdr_openai: true,
    enable_paid_model_training: true,
    content_filters: [
      { pattern: 'aurora', action: 'block', label: 'Project' },
      { pattern: 'borealis', action: 'flag', label: null },
    ],
    content_filter_builtins: [
      { slug: 'regex-prompt-injection', action: 'block', label: '[PROMPT_INJECTION]', scan_scope: 'user_only' },
    ],
  } as unknown as GuardrailWire
  const draft = draftOf(wire)
  const nova = { pattern: 'nova', action: 'block' as const, label: '' }
  const settings = settingsOf({ ...draft, patterns: [...draft.patterns, nova] }, wire)
  expect(settings).not.toHaveProperty('enforce_zdr')
  expect(settings).toMatchObject({
    enable_paid_model_training: true,
    enforce_zdr_openai: true,
    content_filter_builtins: [{ slug: 'regex-prompt-injection', action: 'block', scan_scope: 'user_only' }],
  })
  expect(settings.content_filters).toEqual([
    { pattern: 'aurora', action: 'block', label: 'Project' },
    { pattern: 'borealis', action: 'flag', label: null },
    { pattern: 'nova', action: 'block', label: null },
  ])
})
