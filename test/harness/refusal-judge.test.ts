import { expect, test } from 'vitest'
import { type TakenSpan, wrongRefusals } from './refusal-judge.ts'

const judge = (spans: TakenSpan[], endedAt: number, needed = 10n) =>
  wrongRefusals([{ sentAt: 0, endedAt, needed }], { limit: 100n, spans, windowMs: 50 }).length

test('a refusal is wrong when there was enough, and right when a hold or a charge left too little', () => {
  expect(judge([], 100)).toBe(1)
  expect(judge([{ from: 0, until: 200, amount: 90n }], 100)).toBe(1)
  expect(judge([{ from: 0, until: 200, amount: 91n }], 100)).toBe(0)
  expect(judge([{ from: 20, until: Number.POSITIVE_INFINITY, amount: 91n }], 100)).toBe(0)
})

test('a refusal is right when there was too little at any moment of the window, its ends included', () => {
  expect(judge([{ from: 0, until: 49, amount: 91n }], 100)).toBe(1)
  expect(judge([{ from: 0, until: 50, amount: 91n }], 100)).toBe(0)
  expect(judge([{ from: 100, until: 200, amount: 91n }], 100)).toBe(0)
  expect(judge([{ from: 101, until: 200, amount: 91n }], 100)).toBe(1)
  expect(judge([{ from: 70, until: 71, amount: 91n }], 100)).toBe(0)
})

test('a hold that becomes a charge is counted twice at that moment only, and spans add up', () => {
  const spans = [
    { from: 0, until: 60, amount: 60n },
    { from: 60, until: Number.POSITIVE_INFINITY, amount: 40n },
  ]
  expect(judge(spans, 90)).toBe(0)
  expect(judge(spans, 120)).toBe(1)
  expect(judge([...spans, { from: 70, until: 80, amount: 51n }], 120)).toBe(0)
})

test('nobody is blamed for what was held when a request that came later asked', () => {
  const spans = [{ from: 0, until: 80, amount: 95n }]
  expect(wrongRefusals([{ sentAt: 81, endedAt: 100, needed: 10n }], { limit: 100n, spans, windowMs: 50 })).toHaveLength(
    1,
  )
  expect(wrongRefusals([{ sentAt: 79, endedAt: 100, needed: 10n }], { limit: 100n, spans, windowMs: 50 })).toHaveLength(
    0,
  )
})
