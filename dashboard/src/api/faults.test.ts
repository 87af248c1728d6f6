import { expect, test } from 'vitest'
import { faultAt, faultsOf } from './faults.ts'
import { RequestFailed } from './request-failed.ts'

const refusal = (message: string, status = 400) => new RequestFailed(message, { status })

test('what the API says stands at the field that it names', () => {
  const faults = faultsOf(refusal('name: is taken; condition.thresholds.1: Too big: expected <=100; not at this hour'))
  expect(faultAt(faults, 'name')).toBe('Is taken')
  expect(faultAt(faults, 'condition.thresholds')).toBe('Entry 2: Too big: expected <=100; not at this hour')
  expect(faultAt(faults, 'condition')).toContain('Too big')
  expect(faultAt(faults, 'nam')).toBeUndefined()
})

test.each([
  ['a sentence of its own', refusal('The role is full')],
  ['a refusal for another reason', refusal('name: whatever', 403)],
  ['no answer', new Error('name: whatever')],
])('%s belongs to no field', (_name, error) => {
  expect(faultsOf(error)).toEqual([{ field: '', text: error.message }])
})

test('where nothing failed there is nothing to say', () => expect(faultsOf(null)).toEqual([]))
