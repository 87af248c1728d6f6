import { expect, test } from 'vitest'
import { LargeRequests } from './large-requests.ts'

const REFUSAL = expect.objectContaining({ code: 'unavailable', retryAfterSeconds: 1 })

test('requests hold no more together than they may, and what is over gives room again', () => {
  const all = new LargeRequests(100)
  const [one, other] = [all.newShare(), all.newShare()]
  one.take(60)
  expect(() => other.take(41)).toThrow(REFUSAL)
  other.take(40)
  expect(() => one.take(1)).toThrow(REFUSAL)
  one.release()
  expect(all.held).toBe(40)
  other.take(60)
  expect(all.held).toBe(100)
})

test('what is given back twice is given back once, and nothing is taken after it', () => {
  const all = new LargeRequests(100)
  const [one, other] = [all.newShare(), all.newShare()]
  one.take(50)
  other.take(50)
  one.release()
  one.release()
  expect(all.held).toBe(50)
  expect(() => one.take(1)).toThrow(REFUSAL)
  other.release()
  expect(all.held).toBe(0)
})

test('a request alone may hold more than all may together', () => {
  const all = new LargeRequests(100)
  const [one, other] = [all.newShare(), all.newShare()]
  one.take(150)
  one.take(50)
  expect(() => other.take(1)).toThrow(REFUSAL)
  one.release()
  other.take(1)
  expect(all.held).toBe(1)
})
