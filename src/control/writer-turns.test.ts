import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { WriterTurns } from './writer-turns.ts'

/** Something that runs until it is told to end, and notes when it begins. */
function stepwise(turns: WriterTurns, begun: string[]) {
  return (name: string, organizationId = 'org') => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const result = turns.run(organizationId, async () => {
      begun.push(name)
      return await promise
    })
    return { end: () => resolve(name), fail: () => reject(new Error(name)), result }
  }
}

test('one writer of an organization begins when the one before has ended, also in failure, in the order they came', async () => {
  const begun: string[] = []
  const start = stepwise(new WriterTurns(), begun)
  const [first, second, third] = [start('first'), start('second'), start('third')]
  await turn()
  expect(begun).toEqual(['first'])
  first.fail()
  await expect(first.result).rejects.toThrow('first')
  await turn()
  expect(begun).toEqual(['first', 'second'])
  second.end()
  third.end()
  expect(await Promise.all([second.result, third.result])).toEqual(['second', 'third'])
  expect(begun).toEqual(['first', 'second', 'third'])
})

test('writers of two organizations do not wait for each other', async () => {
  const begun: string[] = []
  const start = stepwise(new WriterTurns(), begun)
  start('one', 'a')
  start('other', 'b')
  await turn()
  expect(begun).toEqual(['one', 'other'])
})

test('whose turn does not come in time is told so without having begun, and keeps nobody from theirs', async () => {
  const begun: string[] = []
  const turns = new WriterTurns(1)
  const start = stepwise(turns, begun)
  const running = start('running')
  const late = start('late')
  await expect(late.result).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
  running.end()
  await running.result
  const next = start('next')
  next.end()
  expect(await next.result).toBe('next')
  expect(begun).toEqual(['running', 'next'])
})
