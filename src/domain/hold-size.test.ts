import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HoldRequest, OUTPUT_TOKENS_MIN, sizeHold } from './hold-size.ts'
import { costBound } from './pricing.ts'

const PRICES = { prompt: 1_000_000n, completion: 1_000_000n }
const BASE: HoldRequest = {
  prices: [PRICES],
  inputTokens: 100,
  images: 0,
  choices: 1,
  requestedTokens: 1_000,
  modelTokensMax: 16_000,
  room: null,
  isContended: false,
}

test('without a limit the caller gets what it asks for', () => {
  expect(sizeHold(BASE)).toEqual({ fits: true, amount: 1_100n, cappedTokens: null, isLess: false })
})

test('far from a limit too', () => {
  expect(sizeHold({ ...BASE, room: 1_000_000n })).toEqual({
    fits: true,
    amount: 1_100n,
    cappedTokens: null,
    isLess: false,
  })
})

test('near a limit the output shrinks to what is affordable', () => {
  expect(sizeHold({ ...BASE, room: 600n })).toEqual({ fits: true, amount: 600n, cappedTokens: 500, isLess: true })
})

test('of a prediction all is held that may be charged, beside the answer and for each choice', () => {
  const request = { ...BASE, predictedTokens: 300, choices: 2 }
  expect(sizeHold(request)).toEqual({ fits: true, amount: 2_700n, cappedTokens: null, isLess: false })
  expect(sizeHold({ ...request, room: 1_000n })).toMatchObject({ amount: 1_000n, cappedTokens: 150 })
  expect(sizeHold({ ...request, room: 731n })).toEqual({ fits: false, needed: 732n, affordableTokens: 15 })
  expect(sizeHold({ ...request, room: 50n })).toMatchObject({ fits: false, affordableTokens: 0 })
})

test('a request whose smallest answer is too dear does not fit and hears what would be', () => {
  expect(sizeHold({ ...BASE, room: 115n })).toEqual({ fits: false, needed: 116n, affordableTokens: 15 })
})

test('who names no bound leaves room for others', () => {
  expect(sizeHold({ ...BASE, requestedTokens: null, room: 20_000n })).toMatchObject({ fits: true, cappedTokens: 4_900 })
})

test('fifty at once that name no bound all find room, though the worst case of three is more than there is', () => {
  const request = { ...BASE, inputTokens: 10, requestedTokens: null, modelTokensMax: 4_000 }
  let room = 10_000n
  for (let running = 0; running < 50; running += 1) {
    const size = sizeHold({ ...request, room, isContended: running > 0 })
    expect(size.fits).toBe(true)
    if (size.fits) room -= size.amount
  }
})

test('the hold covers the dearest endpoint', () => {
  const dear = { prompt: 2_000_000n, completion: 2_000_000n }
  expect(sizeHold({ ...BASE, prices: [PRICES, dear] })).toMatchObject({ amount: 2_200n })
})

test('a hold never exceeds the room, and covers the output it allows', () => {
  const request = fc.record({
    prices: fc.array(
      fc.record({
        prompt: fc.bigInt(0n, 10n ** 9n),
        completion: fc.bigInt(0n, 10n ** 9n),
        request: fc.bigInt(0n, 1_000n),
      }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    inputTokens: fc.nat(100_000),
    images: fc.nat(3),
    choices: fc.integer({ min: 1, max: 4 }),
    requestedTokens: fc.option(fc.integer({ min: 1, max: 100_000 })),
    modelTokensMax: fc.option(fc.integer({ min: 1, max: 100_000 })),
    room: fc.bigInt(0n, 10n ** 8n),
    isContended: fc.boolean(),
  })
  fc.assert(
    fc.property(request, (r) => {
      const size = sizeHold(r)
      if (!size.fits) return
      expect(size.amount).toBeLessThanOrEqual(r.room)
      const natural = Math.min(
        r.requestedTokens ?? Number.MAX_SAFE_INTEGER,
        r.modelTokensMax ?? Number.MAX_SAFE_INTEGER,
      )
      const allowed = size.cappedTokens ?? natural
      expect(allowed).toBeGreaterThanOrEqual(Math.min(OUTPUT_TOKENS_MIN, natural))
      if (allowed === Number.MAX_SAFE_INTEGER) return
      for (const prices of r.prices) {
        expect(costBound(prices, r.inputTokens, allowed * r.choices, r)).toBeLessThanOrEqual(size.amount)
      }
    }),
    { numRuns: 2_000 },
  )
})
