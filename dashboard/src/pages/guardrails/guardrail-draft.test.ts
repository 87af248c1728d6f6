import { expect, test } from 'vitest'
import { BUILTIN_SLUGS } from '../../../../src/contract/management/guardrail-fields.ts'
import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { BUILTIN_TITLES, draftOf, NEW_GUARDRAIL, settingsOf } from './guardrail-draft.ts'

const { createGuardrail } = GUARDRAIL_OPERATIONS

test('a draft with nothing but a name says nothing else', () => {
  const settings = settingsOf({ ...NEW_GUARDRAIL, name: ' Strict ' })
  expect(createGuardrail.input.safeParse(settings).success).toBe(true)
  expect(Object.entries(settings).filter(([, value]) => value !== null)).toEqual([['name', 'Strict']])
})

test('what a form says comes back from what was stored', () => {
  const draft = {
    ...NEW_GUARDRAIL,
    name: 'Strict',
    allowedModels: 'openai/gpt-4o\nsim/*',
    ignoredProviders: 'slow',
    limit: '12.5',
    reset: 'daily' as const,
    enforcesZdr: true,
    builtins: { email: 'redact' as const, iban: 'block' as const },
    patterns: 'secret-\\d{2,3}',
    patternAction: 'flag' as const,
  }
  const settings = settingsOf(draft)
  expect(createGuardrail.input.safeParse(settings).success).toBe(true)
  expect(draftOf(settings as unknown as GuardrailWire)).toEqual(draft)
})

test('every built-in filter has a title', () =>
  expect(Object.keys(BUILTIN_TITLES).toSorted()).toEqual([...BUILTIN_SLUGS].toSorted()))
