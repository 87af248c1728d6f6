import { expect, test } from 'vitest'
import { newGenerationId } from '../platform/ids.ts'
import { isContentKept } from './io-logging.ts'

const ALL = { keyIds: null, samplingRate: 1, isRedacted: false }
const request = { generationId: newGenerationId(0), keyId: 7n, isZdr: false }

test.each([
  ['everything is kept where nothing is left out', ALL, {}, true],
  ['a key that is named is kept', { ...ALL, keyIds: new Set([7n, 8n]) }, {}, true],
  ['a key that is not named is not', { ...ALL, keyIds: new Set([8n]) }, {}, false],
  ['where no key is named none is', { ...ALL, keyIds: new Set<bigint>() }, {}, false],
  ['zero data retention counts before all else', { ...ALL, keyIds: new Set([7n]) }, { isZdr: true }, false],
])('%s', (_name, logging, changes, expected) => {
  expect(isContentKept(logging, { ...request, ...changes })).toBe(expected)
})

test.each([0.0001, 0.1, 0.5, 0.9])('of many generations a share of %d is kept', (samplingRate) => {
  const count = 40_000
  const kept = Array.from({ length: count }, () => newGenerationId(0)).filter((generationId) =>
    isContentKept({ keyIds: null, samplingRate, isRedacted: false }, { ...request, generationId }),
  ).length
  // Seven standard deviations.
  expect(Math.abs(kept - count * samplingRate)).toBeLessThan(7 * Math.sqrt(count * samplingRate))
})

test('the same generation is kept or not, however often it is asked', () => {
  const logging = { keyIds: null, samplingRate: 0.5, isRedacted: false }
  for (let round = 0; round < 100; round += 1) {
    const asked = { ...request, generationId: newGenerationId(0) }
    expect(isContentKept(logging, asked)).toBe(isContentKept(logging, asked))
  }
})
