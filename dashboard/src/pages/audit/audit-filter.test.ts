import { expect, test } from 'vitest'
import { actionWords } from './audit-filter.ts'

test.each([
  ['createKeys', 'Create keys'],
  ['createBYOKKey', 'Create BYOK key'],
  ['upsertWorkspaceBudget', 'Upsert workspace budget'],
])('%s reads as %s', (action, words) => expect(actionWords(action)).toBe(words))
