import { expect, test } from 'vitest'
import type { ByokCredential } from '../../domain/byok.ts'
import { ByokDirectory } from './byok-directory.ts'

const CREDENTIAL = { id: 'a', provider: 'one', workspaceId: null, allowedKeyIds: null, allowedUserIds: null }
const KEY = { id: 1n, organizationId: 'org', workspaceId: 'here', creatorUserId: null }

test('a replaced or removed credential is felt with the next question', () => {
  const directory = new ByokDirectory()
  expect(directory.of(KEY)).toBeNull()
  const put = (secret: string) => directory.put('org', [{ ...CREDENTIAL, secret } as ByokCredential])
  put('before')
  const found = directory.of(KEY)
  expect(found?.get('one')?.map(({ secret }) => secret)).toEqual(['before'])
  expect(directory.of(KEY)).toBe(found)
  put('after')
  expect(
    directory
      .of(KEY)
      ?.get('one')
      ?.map(({ secret }) => secret),
  ).toEqual(['after'])
  expect(directory.of({ ...KEY, organizationId: 'other' })).toBeNull()
  directory.put('org', [])
  expect(directory.of(KEY)).toBeNull()
})
