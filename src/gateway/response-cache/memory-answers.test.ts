import { expect, test } from 'vitest'
import type { CachedAnswer } from '../ports.ts'
import { MemoryAnswers } from './memory-answers.ts'

let now = 0
const clock = { now: () => now, monotonic: () => now }
const answer = (text: string, expiresAt = 1_000): CachedAnswer => ({
  generationId: 'gen-1-a',
  at: 0,
  expiresAt,
  created: 0,
  modelId: 'a/b',
  endpointId: 'e',
  finishReason: 'stop',
  nativeFinishReason: 'stop',
  said: null,
  text,
})

test('an answer is there until its time is over, and only under its own name', () => {
  now = 0
  const answers = new MemoryAnswers(clock, 100_000)
  answers.keep('a', answer('one'))
  expect(answers.find('b')).toBeUndefined()
  now = 999
  expect(answers.find('a')?.text).toBe('one')
  now = 1_000
  expect(answers.find('a')).toBeUndefined()
})

test('a new answer takes the place of the old one', () => {
  now = 0
  const answers = new MemoryAnswers(clock, 100_000)
  answers.keep('a', answer('one'))
  answers.keep('a', answer('two', 2_000))
  now = 1_500
  expect(answers.find('a')?.text).toBe('two')
})

test('where there is no room those go that were not asked for the longest', () => {
  now = 0
  const answers = new MemoryAnswers(clock, 10_000)
  for (const id of ['a', 'b', 'c']) answers.keep(id, answer('x'.repeat(1_000)))
  expect(answers.find('a')).toBeDefined()
  answers.keep('d', answer('x'.repeat(1_000)))
  expect(['a', 'b', 'c', 'd'].filter((id) => answers.find(id) !== undefined)).toEqual(['a', 'c', 'd'])
})

test('room that expired answers had comes back, however many came and went', () => {
  now = 0
  const answers = new MemoryAnswers(clock, 10_000)
  for (let round = 0; round < 1_000; round += 1) {
    now += 100_000
    for (const id of ['a', 'b', 'c']) answers.keep(`${round}${id}`, answer('x'.repeat(1_000), now + 1))
    expect(answers.find(`${round}a`)).toBeDefined()
  }
})

test('what is larger than all the room is not kept, and nothing goes for it', () => {
  now = 0
  const answers = new MemoryAnswers(clock, 10_000)
  answers.keep('a', answer('one'))
  answers.keep('b', answer('x'.repeat(5_000)))
  expect([answers.find('a')?.text, answers.find('b')]).toEqual(['one', undefined])
})
