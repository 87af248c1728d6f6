import { expect, test } from 'vitest'
import { type Operation, pathKeys } from './operation.ts'
import { type Handlers, OPERATIONS } from './operations.ts'

const operations: Operation[] = Object.values(OPERATIONS)

test('a list of handlers that lacks one, or in which one wants more than memory, does not compile', () => {
  interface Context {
    tx: string
    now: number
  }
  type All = Handlers<Context, Omit<Context, 'tx'>>
  // @ts-expect-error: getKey has no handler
  const lacking: All = {} as Omit<All, 'getKey'>
  // @ts-expect-error: the catalogue is read without a transaction
  const wanting: All['listProviders'] = async (_input, { tx }) => ({ data: [], tx })
  expect([lacking, wanting]).toHaveLength(2)
})

test('ids, and methods on a path, are given once', () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  expect(new Set(operations.map(({ method, path }) => `${method} ${path}`)).size).toBe(operations.length)
})

test('what stands in a path is a field of the input', () => {
  for (const { id, path, input } of operations) {
    const issues = input.safeParse({}).error?.issues ?? []
    const required = issues.map((issue) => String(issue.path[0]))
    expect([id, pathKeys(path).filter((key) => !required.includes(key))]).toEqual([id, []])
  }
})

test('GET only reads, and deletions are destructive; a question with a body is a POST that reads', () => {
  for (const { id, method, effect } of operations) {
    if (method === 'GET') expect([id, effect]).toEqual([id, 'read'])
    if (effect === 'read') expect([id, method]).toEqual([id, expect.stringMatching(/^(GET|POST)$/)])
    if (method === 'DELETE') expect([id, effect]).toEqual([id, 'destructive'])
  }
})
