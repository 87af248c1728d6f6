import { expect, test } from 'vitest'
import { pointsOf, type TakenPoint, type TakenSpan, wrongRefusals } from './refusal-judge.ts'

const LIMIT = 100n

const countWrong = (views: TakenPoint[][], endedAt: number, sentAt = 0, needed = 10n) =>
  wrongRefusals([{ sentAt, endedAt, needed, lagMs: 50 }], { limit: LIMIT, views }).length
const judge = (spans: TakenSpan[], endedAt: number, sentAt = 0) => countWrong([pointsOf(spans)], endedAt, sentAt)

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
  expect(judge(spans, 100, 81)).toBe(1)
  expect(judge(spans, 100, 79)).toBe(0)
})

test('of two views the one that shows more counts, each at its own moments', () => {
  const held = pointsOf([{ from: 0, until: 75, amount: 95n }])
  const database = [
    { at: 0, taken: 20n },
    { at: 85, taken: 95n },
  ]
  expect([countWrong([held], 100), countWrong([database], 100)]).toEqual([0, 0])
  expect(countWrong([held, database], 100)).toBe(1)
  expect(countWrong([held, [...database, { at: 70, taken: 95n }].toSorted((a, b) => a.at - b.at)], 100)).toBe(0)
})
