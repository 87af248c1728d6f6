import { expect, test } from 'vitest'
import { DeliverTarget } from '../../../../src/contract/management/key-delivery.ts'
import { TARGET_FIELDS, targetOf } from './delivery-draft.ts'

const FILLED: Readonly<Record<string, string>> = {
  url: 'https://hooks.example.com/keys',
  signing_secret: 'sixteen-characters-at-least',
  address: 'https://vault.example.com',
  mount: 'secret',
  path: 'apps/shop',
  field: 'api_key',
  token: 'hvs.token',
  namespace: 'team',
  region: 'eu-central-1',
  secret_id: 'shop/key',
  access_key_id: 'AKIAEXAMPLE',
  secret_access_key: 'secret',
  session_token: 'session',
  endpoint: 'https://sm.example.com',
}

test.each(Object.keys(TARGET_FIELDS) as (keyof typeof TARGET_FIELDS)[])(
  'the form of a target of type %s asks for all that the API takes, and for what it needs',
  (choice) => {
    const asked = TARGET_FIELDS[choice]
    const whole = DeliverTarget.parse(targetOf({ choice, fields: FILLED }))
    expect(Object.keys(whole).toSorted()).toEqual(['type', ...asked.map(({ name }) => name)].toSorted())
    const needed = asked.filter(({ isOptional }) => isOptional !== true).map(({ name }) => [name, FILLED[name] ?? ''])
    expect(DeliverTarget.safeParse(targetOf({ choice, fields: Object.fromEntries(needed) })).success).toBe(true)
    for (const [name] of needed) {
      const without = Object.fromEntries(needed.filter(([other]) => other !== name))
      expect([name, DeliverTarget.safeParse(targetOf({ choice, fields: without })).success]).toEqual([name, false])
    }
  },
)

test('nothing is written down where a target is kept or there is none', () => {
  expect(targetOf({ choice: '', fields: FILLED })).toBeUndefined()
  expect(targetOf({ choice: 'stored', fields: FILLED })).toBeUndefined()
})
