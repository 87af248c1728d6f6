import { describe, expect, test } from 'vitest'
import { changeConfig, maskConfig, parseConfig } from './destination-config.ts'

const config = {
  apiKey: 'a-very-secret-api-key',
  endpoint: 'https://x.example',
  headers: { a: 'short', b: 'x'.repeat(20) },
}

test('a mask shows little of a long secret and nothing of a short one', () => {
  expect(maskConfig(config).masked).toEqual({
    apiKey: 'a-v...-key',
    endpoint: 'https://x.example',
    headers: { a: '***', b: 'xxx...xxxx' },
  })
  expect(maskConfig(config).secrets).toEqual({ apiKey: config.apiKey, headers: config.headers })
})

describe('a change', () => {
  const stored = maskConfig(config)
  test.each([
    ['of nothing', {}, config],
    ['that sends back what was shown', stored.masked, config],
    ['of a secret', { apiKey: 'new' }, { ...config, apiKey: 'new' }],
    ['of an open field', { endpoint: 'https://y.example' }, { ...config, endpoint: 'https://y.example' }],
    [
      'of one header among masked ones',
      { headers: { a: '***', b: 'new' } },
      { ...config, headers: { a: 'short', b: 'new' } },
    ],
    ['that adds a field', { workspaceId: 'w' }, { ...config, workspaceId: 'w' }],
    ['that takes one away', { headers: null }, { apiKey: config.apiKey, endpoint: config.endpoint }],
  ])('%s', (_name, change, expected) => expect(changeConfig(stored, change)).toEqual(expected))

  test("a mask of another header means itself, not that header's secret", () => {
    expect(changeConfig(stored, { headers: { c: '***' } })).toMatchObject({ headers: { c: '***' } })
  })
})

test('defaults are filled in, and every fault is named', () => {
  expect(parseConfig('newrelic', { licenseKey: 'k' })).toEqual({ licenseKey: 'k', region: 'us' })
  expect(() => parseConfig('s3', { bucketName: '', extra: 1 })).toThrow(
    /config\.accessKeyId: .*config\.secretAccessKey: .*config\.bucketName: .*extra/,
  )
})
