import { expect, test } from 'vitest'
import { anEndpoint, aProvider } from '../../../test/fixtures/catalogue.ts'
import { isNamed } from './provider-names.ts'

const PLAIN = anEndpoint('google-vertex', 1n)
const REGION = anEndpoint('google-vertex/us-east5', 1n, { provider: aProvider('google-vertex/us-east5') })
const TURBO = anEndpoint('google-vertex/turbo', 1n)
const PRIORITY = anEndpoint('google-vertex/priority', 1n)
const OTHER = anEndpoint('google', 1n)

test.each([
  ['a slug means all regions and variants, and no service tier', 'google-vertex', [PLAIN, REGION, TURBO]],
  ['a full tag means that one alone', 'google-vertex/us-east5', [REGION]],
  ['case does not matter', 'Google-Vertex/TURBO', [TURBO]],
  ['a display name means the provider', 'the GOOGLE-VERTEX', [PLAIN, TURBO]],
  ['a service tier is meant by its full tag alone', 'google-vertex/priority', [PRIORITY]],
  ['a part of a name means nothing', 'vertex', []],
])('%s', (_name, name, expected) => {
  const named = [PLAIN, REGION, TURBO, PRIORITY, OTHER].filter((endpoint) => isNamed(endpoint, name))
  expect(named.map(({ tag }) => tag)).toEqual(expected.map(({ tag }) => tag))
})
