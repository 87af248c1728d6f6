import { expect, test } from 'vitest'
import { isSampled } from './sampler.ts'
import { readTraceParent } from './trace-parent.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const parent = (flags: string) => readTraceParent(`00-${TRACE}-${SPAN}-${flags}`)

test('a traceparent is read as W3C has it, and one that does not hold is none', () => {
  expect(parent('01')).toEqual({ traceId: TRACE, spanId: SPAN, isSampled: true })
  expect(parent('02')?.isSampled).toBe(false)
  expect(readTraceParent(`cc-${TRACE}-${SPAN}-01-what-comes-later`)?.traceId).toBe(TRACE)
  const bad = [
    undefined,
    '',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}`,
  ]
  expect(bad.map(readTraceParent)).toEqual(bad.map(() => null))
})

test('samplers that go by the parent do as it does, the others do not ask', () => {
  for (const [flags, isTaken] of [
    ['01', true],
    ['00', false],
  ] as const) {
    expect(isSampled({ name: 'parentbased_always_on', ratio: 1 }, TRACE, parent(flags))).toBe(isTaken)
    expect(isSampled({ name: 'parentbased_always_off', ratio: 1 }, TRACE, parent(flags))).toBe(isTaken)
    expect(isSampled({ name: 'parentbased_traceidratio', ratio: 0.5 }, TRACE, parent(flags))).toBe(isTaken)
    expect(isSampled({ name: 'always_on', ratio: 1 }, TRACE, parent(flags))).toBe(true)
    expect(isSampled({ name: 'always_off', ratio: 1 }, TRACE, parent(flags))).toBe(false)
  }
  expect(isSampled({ name: 'parentbased_always_on', ratio: 1 }, TRACE, null)).toBe(true)
  expect(isSampled({ name: 'parentbased_always_off', ratio: 1 }, TRACE, null)).toBe(false)
})

test('a ratio takes that part of traces, the same ones each time, none at 0 and all at 1', () => {
  const ids = Array.from(
    { length: 1_000 },
    (_, at) =>
      `${'0'.repeat(19)}${Math.floor((at / 1_000) * 16 ** 13)
        .toString(16)
        .padStart(13, '0')}`,
  )
  const taken = (ratio: number) => ids.filter((id) => isSampled({ name: 'traceidratio', ratio }, id, null)).length
  expect([taken(0), taken(0.25), taken(1)]).toEqual([0, 250, 1_000])
})
