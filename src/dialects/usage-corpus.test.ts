import { describe, expect, test } from 'vitest'
import {
  expectedUsage,
  readUsageCorpus,
  sumOfLines,
  USAGE_DIALECTS,
  type UsageCorpus,
} from '../../test/fixtures/usage/usage-corpus.ts'
import { ModelEntry } from '../contract/common/provider-schema.ts'
import { toEndpointSource } from '../domain/described-model.ts'
import { componentsOf } from '../domain/price-components.ts'
import { costBound, costOf, type Prices, type TokenUsage } from '../domain/pricing.ts'
import { readMessagesUsage } from './anthropic/read-usage.ts'
import { readBedrockUsage } from './bedrock/read-usage.ts'
import { readGeminiUsage } from './gemini/read-usage.ts'
import { readInputUsage } from './openai-chat/decode-list.ts'
import { readUsage } from './openai-chat/read-usage.ts'
import { readResponsesUsage } from './openai-responses/read-usage.ts'

/** Of each dialect that there is: what it makes of the usage, and of the tier where its format has that beside the usage. */
const DECODERS: Partial<Record<string, (usage: unknown, tier?: unknown) => TokenUsage | undefined>> = {
  'openai-chat': readUsage,
  'openai-responses': readResponsesUsage,
  anthropic: readMessagesUsage,
  gemini: readGeminiUsage,
  bedrock: readBedrockUsage,
  lists: readInputUsage,
}

/** As from a file of providers. */
function pricesOf({ price_lists: lists }: UsageCorpus, name: string): Prices {
  const { service_tiers, ...pricing } = lists[name] ?? {}
  const outputs = pricing.search_unit !== undefined && { output_modalities: ['rerank'] }
  const entry = { id: 'a/m', context_length: 1, pricing, ...outputs, ...(service_tiers && { service_tiers }) }
  return toEndpointSource('p', ModelEntry.parse(entry)).prices
}

const ALL = USAGE_DIALECTS.map((dialect) => ({ dialect, corpus: readUsageCorpus(dialect) }))

test('the corpus has at least sixty reports over all dialects', () => {
  expect(ALL.reduce((sum, { corpus }) => sum + corpus.cases.length, 0)).toBeGreaterThanOrEqual(60)
})

describe.each(ALL)('M12 $dialect', ({ dialect, corpus }) => {
  const decode = DECODERS[dialect]

  test.each(corpus.cases)('$name', (report) => {
    expect(Math.ceil(sumOfLines(report))).toBe(report.nano)
    const usage = expectedUsage(report)
    const decoded = decode === undefined ? usage : decode(report.usage, report.service_tier)
    if (usage === undefined || decoded === undefined) return expect(decoded).toBe(usage)
    expect(decoded).toMatchObject(report.reads ?? {})
    const used = { ...decoded, images: report.images ?? 0 }
    const prices = pricesOf(corpus, report.prices)
    const at = Date.parse(report.at ?? '2026-01-01T12:00:00Z')
    expect(costOf(prices, used, at).total).toBe(BigInt(report.nano))
    expect(componentsOf(prices, used, at).every(({ quantity }) => quantity > 0)).toBe(true)
    // Whatever it came to, that much was held.
    const bound = costBound(prices, used.promptTokens, used.completionTokens, used)
    expect(bound).toBeGreaterThanOrEqual(BigInt(report.nano))
  })
})

/** What no count can be. */
const NO_COUNTS: readonly unknown[] = [
  -1,
  -0.5,
  2.5,
  1e18,
  Number.POSITIVE_INFINITY,
  Number.NaN,
  '12',
  '',
  true,
  null,
  [],
  [7],
  {},
  { valueOf: 7 },
]

/** The same with one of its numbers replaced, for each number in it. */
function withoutOneCount(value: unknown, instead: unknown): unknown[] {
  if (typeof value === 'number') return [instead]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    withoutOneCount(inner, instead).map((replaced) =>
      Array.isArray(value) ? value.with(Number(name), replaced) : { ...value, [name]: replaced },
    ),
  )
}

test.each(ALL)(
  'M12 $dialect: whatever stands where a count should, a report is read as none or costs what it can',
  ({ dialect, corpus }) => {
    const decode = DECODERS[dialect] ?? (() => undefined)
    let read = 0
    for (const { usage, service_tier: tier, prices: name } of corpus.cases) {
      const prices = pricesOf(corpus, name)
      for (const broken of NO_COUNTS.flatMap((instead) => withoutOneCount(usage, instead))) {
        const decoded = decode(broken, tier)
        if (decoded === undefined) continue
        read += 1
        const counts = Object.values(decoded).filter((count) => typeof count === 'number')
        expect([broken, counts.filter((count) => !Number.isSafeInteger(count) || count < 0)]).toEqual([broken, []])
        const { completion, prompt, total } = costOf(prices, { ...decoded, images: 0 }, 0)
        expect([broken, [completion, prompt, total].filter((cost) => cost < 0n)]).toEqual([broken, []])
      }
    }
    expect(read > 0).toBe(DECODERS[dialect] !== undefined)
  },
)
