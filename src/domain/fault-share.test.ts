import { expect, test } from 'vitest'
import { FaultShare } from './fault-share.ts'

function shareOf(faults: number, successes: number): FaultShare {
  const share = new FaultShare()
  for (let turn = 0; turn < successes; turn += 1) share.countSuccess(0)
  for (let turn = 0; turn < faults; turn += 1) share.countFault(0)
  return share
}

test.each([
  ['half of twenty', 10, 10, true],
  ['less than half', 9, 11, false],
  ['all of fewer than twenty', 19, 0, false],
  ['all of twenty', 20, 0, true],
  ['none', 0, 40, false],
])('too large: %s', (_name, faults, successes, expected) => {
  expect(shareOf(faults, successes).isTooLarge(1_000)).toBe(expected)
})

test('what is older than half a minute counts no more, and its place is used again', () => {
  const share = shareOf(20, 0)
  expect([24_999, 29_999, 30_000].map((now) => share.isTooLarge(now))).toEqual([true, true, false])
  share.countFault(30_000)
  expect(share.isTooLarge(30_000)).toBe(false)
  for (let turn = 1; turn < 20; turn += 1) share.countFault(34_000)
  expect(share.isTooLarge(36_000)).toBe(true)
})

test('what was cleared never was', () => {
  const share = shareOf(20, 0)
  share.clear()
  share.countFault(0)
  expect(share.isTooLarge(0)).toBe(false)
})
