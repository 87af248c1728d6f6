import type { LookupAddress } from 'node:dns'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { oneByOne, type Resolve } from './guarded-lookup.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A resolver whose answers are given by hand, and what came of each question to it. */
function start() {
  const running = new Map<string, Parameters<Resolve>[1]>()
  const resolve = oneByOne((hostname, done) => void running.set(hostname, done))
  const told: string[] = []
  const ask = (hostname: string) =>
    resolve(hostname, (error, addresses) => told.push(`${hostname} ${error?.code ?? addresses[0]?.address}`))
  const answer = (hostname: string, address: string) => {
    const done = running.get(hostname)
    running.delete(hostname)
    done?.(null, [{ address, family: 4 } as LookupAddress])
  }
  return { ask, answer, told, running: () => [...running.keys()] }
}

test('one name is resolved at a time, and who asks for the same is told the same', () => {
  const { answer, ask, running, told } = start()
  for (const name of ['slow', 'next', 'slow', 'last']) ask(name)
  expect(running()).toEqual(['slow'])
  answer('slow', '192.0.2.1')
  expect([running(), told]).toEqual([['next'], ['slow 192.0.2.1', 'slow 192.0.2.1']])
  answer('next', '192.0.2.2')
  answer('last', '192.0.2.3')
  ask('slow')
  expect([running(), told.slice(2)]).toEqual([['slow'], ['next 192.0.2.2', 'last 192.0.2.3']])
})

test('who waits too long behind a name that nobody answers for is told so once, and is not asked for any more', () => {
  const { answer, ask, running, told } = start()
  ask('never')
  ask('behind')
  vi.advanceTimersByTime(5_000)
  expect(told).toEqual(['never EAI_AGAIN', 'behind EAI_AGAIN'])
  ask('after')
  expect(running()).toEqual(['never'])
  answer('never', '192.0.2.1')
  expect(running()).toEqual(['after'])
  answer('after', '192.0.2.2')
  expect(told.slice(2)).toEqual(['after 192.0.2.2'])
})

test('names beyond a thousand are refused at once, one that is asked for already is not', async () => {
  const { ask, running, told } = start()
  for (let at = 0; at < 1_001; at += 1) ask(`name-${at}`)
  ask('name-0')
  await Promise.resolve()
  expect([running(), told]).toEqual([['name-0'], ['name-1000 EAI_AGAIN']])
})
