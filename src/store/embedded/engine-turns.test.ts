import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { EngineTurns } from './engine-turns.ts'

/** Answers `begin` and `end`; a statement takes a while. */
function start() {
  const done: string[] = []
  let isOpen = false
  const turns = new EngineTurns<string>({
    isInTransaction: () => isOpen,
    answer: (message) => {
      if (message !== 'read') isOpen = message === 'begin'
      done.push(message)
    },
  })
  const statement = (name: string) =>
    turns.statement(async () => {
      done.push(`${name} ${isOpen ? 'inside' : 'outside'}`)
      await sleep(5)
      done.push(`${name} ${isOpen ? 'inside' : 'outside'} at its end`)
    })
  return { done, turns, statement }
}

test('a statement waits for the end of the transaction that is open', async () => {
  const { done, turns, statement } = start()
  turns.message('begin')
  const running = statement('vacuum')
  turns.message('read')
  turns.message('end')
  await running
  expect(done).toEqual(['begin', 'read', 'end', 'vacuum outside', 'vacuum outside at its end'])
})

test('a transaction that is to begin while a statement runs begins after it, and all its messages stay in order', async () => {
  const { done, turns, statement } = start()
  const running = statement('vacuum')
  for (const message of ['begin', 'read', 'end', 'read']) turns.message(message)
  await running
  await sleep(0)
  expect(done).toEqual(['vacuum outside', 'vacuum outside at its end', 'begin', 'read', 'end', 'read'])
})

test('a second statement waits for the transaction that was held back by the first', async () => {
  const { done, turns, statement } = start()
  const first = statement('checkpoint')
  const second = statement('vacuum')
  turns.message('begin')
  await first
  await sleep(20)
  expect(done.at(-1)).toBe('begin')
  turns.message('end')
  await second
  expect(done.slice(2)).toEqual(['begin', 'end', 'vacuum outside', 'vacuum outside at its end'])
})

test('a statement that fails tells who asked for it and keeps nobody waiting', async () => {
  const { done, turns } = start()
  const failing = turns.statement(() => Promise.reject(new Error('the disk is full')))
  turns.message('read')
  await expect(failing).rejects.toThrow('the disk is full')
  await sleep(0)
  expect(done).toEqual(['read'])
})
