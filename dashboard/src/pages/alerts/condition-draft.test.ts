import { expect, test } from 'vitest'
import { ALERT_KINDS, AlertCondition } from '../../../../src/contract/management/alert-conditions.ts'
import { conditionDetails, KIND_MEANINGS } from './alert-words.ts'
import { CONDITION_FIELDS, toCondition, typedOf } from './condition-draft.ts'

test.each(ALERT_KINDS)(
  'everything that can be said of %s has a field, a bound the API agrees with and words',
  (kind) => {
    const condition = AlertCondition.parse({ kind })
    const said = Object.keys(condition).filter((name) => name !== 'kind')
    const fields = CONDITION_FIELDS[kind] ?? []
    expect(fields.map(({ name }) => name).toSorted()).toEqual(said.toSorted())
    expect(toCondition(kind, {})).toEqual(condition)
    for (const { name, bounds } of fields)
      for (const edge of bounds === undefined ? [] : [bounds.min, bounds.max])
        expect(AlertCondition.safeParse({ ...condition, [name]: edge }).success).toBe(true)
    expect(conditionDetails(condition)).not.toContain('undefined')
    expect(KIND_MEANINGS[kind]).not.toBe('')
  },
)

test.each(ALERT_KINDS)('a condition of %s is the same after it was shown and not touched', (kind) => {
  const condition = AlertCondition.parse({ kind })
  expect(toCondition(kind, typedOf(condition))).toEqual(condition)
})

test('a list is read with its commas, and what is no number is left to the server', () => {
  expect(toCondition('budget', { thresholds: '50, 90,' })).toEqual({ kind: 'budget', thresholds: [50, 90] })
  expect(AlertCondition.safeParse(toCondition('budget', { thresholds: 'half' })).success).toBe(false)
})
