import { expect, test } from 'vitest'
import { newDirectoryToken } from '../platform/directory-token.ts'
import { newSecretKey } from '../platform/secret-key.ts'
import { maskSecrets } from './audit.ts'

test('S15: texts under the name of a secret are masked, however deep', () => {
  const secret = 'canary'
  const masked = maskSecrets({ config: [{ api_key: secret, headers: { authorization: secret } }], name: 'kept' })
  expect(masked).toEqual({
    config: [{ api_key: '[redacted]', headers: { authorization: '[redacted]' } }],
    name: 'kept',
  })
})

test('S15: a key or a token of ours is masked wherever somebody has put it', () => {
  const [key, token] = [newSecretKey(), newDirectoryToken()]
  const masked = maskSecrets({ name: `my key is ${key}`, description: [token] })
  expect(masked).toEqual({ name: 'my key is [redacted]', description: ['[redacted]'] })
})

test('prices of tokens are no secrets', () => {
  const pricing = { image_token: '0.000003', input_cache_read: '0' }
  expect(maskSecrets({ pricing })).toEqual({ pricing })
})
