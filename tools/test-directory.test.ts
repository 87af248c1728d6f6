import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeTestDirectory } from './test-directory.ts'

let memory: string
let made: string
beforeEach(() => {
  memory = mkdtempSync(join(tmpdir(), 'memory-'))
})
afterEach(() => {
  for (const directory of [memory, made]) rmSync(directory, { recursive: true, force: true })
})

test('what tests write is in memory where there is enough of it, in an empty directory of the run', () => {
  made = makeTestDirectory({ memory, bytesMin: 0 })
  expect(dirname(made)).toBe(memory)
  expect(readdirSync(made)).toEqual([])
})

test.each([
  ['there is not enough memory', () => ({ memory, bytesMin: Number.POSITIVE_INFINITY })],
  ['there is no file system in memory', () => ({ memory: join(memory, 'nowhere'), bytesMin: 0 })],
  ['nothing can be written there', () => ({ memory: '/proc', bytesMin: 0 })],
])('where %s, it is with the temporary files of the system', (_case, options) => {
  made = makeTestDirectory(options())
  expect(dirname(made)).toBe(tmpdir())
  expect(readdirSync(memory)).toEqual([])
})
