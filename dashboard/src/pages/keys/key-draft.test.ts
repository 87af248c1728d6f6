import { describe, expect, test } from 'vitest'
import { createKeys, type KeyWire, updateKeys } from '../../../../src/contract/management/keys.ts'
import { changesOf, keyChangesOf, NEW_DRAFT, toRequest } from './key-draft.ts'

const WORKSPACE = '7b1f4f8e-0000-4000-8000-000000000000'
const draft = { ...NEW_DRAFT, name: ' Shop ' }

describe('a draft', () => {
  test('without anything but a name is a standard key', () => {
    expect(toRequest(draft, WORKSPACE)).toEqual({ name: 'Shop', workspace_id: WORKSPACE, type: 'standard' })
  })

  test('with everything names everything', () => {
    const all = {
      ...draft,
      choice: 'scoped' as const,
      models: 'a/*\n b/c ',
      limit: '5',
      hours: '2',
      ips: '10.0.0.0/8,::1',
    }
    expect(toRequest(all, WORKSPACE)).toMatchObject({
      type: 'scoped',
      allowed_models: ['a/*', 'b/c'],
      limit: 5,
      limit_reset: 'monthly',
      ttl_seconds: 7_200,
      allowed_ips: ['10.0.0.0/8', '::1'],
    })
  })

  test('of full access says so, of a short life has an end', () => {
    expect(toRequest({ ...draft, choice: 'full' }, WORKSPACE)).toMatchObject({ type: 'standard', permissions: ['*'] })
    expect(toRequest({ ...draft, choice: 'ephemeral' }, WORKSPACE)).toMatchObject({ ttl_seconds: 86_400 })
  })

  test.each(['standard', 'scoped', 'team', 'read_only', 'ephemeral', 'full'] as const)(
    'of the choice %s is what the contract takes',
    (choice) => expect(createKeys.input.safeParse(toRequest({ ...draft, choice }, WORKSPACE)).success).toBe(true),
  )
})

test('a change says what the key was, and what was emptied takes the restriction away', () => {
  const wire = {
    name: 'Shop',
    limit: 5,
    limit_reset: 'daily',
    include_byok_in_limit: true,
    rate_limit_rpm: 60,
    concurrency_limit: 3,
    allowed_models: ['a/*', 'b/c'],
    allowed_ips: ['10.0.0.0/8'],
  }
  const draft = keyChangesOf(wire as KeyWire)
  expect(changesOf(draft)).toEqual(wire)
  const emptied = changesOf({ ...draft, limit: '', rate: '', concurrency: '', models: ' ', ips: '' })
  const none = { limit: null, limit_reset: null, rate_limit_rpm: null, concurrency_limit: null }
  expect(emptied).toMatchObject({ ...none, allowed_models: null, allowed_ips: null })
  expect(updateKeys.input.safeParse({ hash: 'a'.repeat(64), ...emptied }).success).toBe(true)
})
