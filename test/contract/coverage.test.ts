import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ERROR_CATALOG } from '../../src/contract/common/errors.ts'
import type { Operation } from '../../src/contract/operation.ts'
import { OPERATIONS } from '../../src/contract/operations.ts'

const CASE = /(?:test(?:\.each\([\s\S]*?\n?\])?\)?\(|^\s*)['"`]([^'"`\n]*)/gm
/** `every-operation.test.ts` asks these of each operation. */
const ASKED_OF_ALL = new Set([401, 403, 415])

const operations: Operation[] = Object.values(OPERATIONS)

/** The statuses that the names of an operation's cases begin with. */
function statusesIn(folder: string): Set<number> {
  if (!existsSync(folder)) return new Set()
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  const names = texts.flatMap((text) => [...text.matchAll(CASE)].map(([, name = '']) => name))
  return new Set(names.flatMap((name) => [...name.matchAll(/\b([2-5]\d\d)\b/g)].map(([, status]) => Number(status))))
}

test.each(operations.map((operation) => [operation.id, operation] as const))(
  '%s has a case for its success and for each refusal that it declares',
  (id, operation) => {
    const covered = statusesIn(join(import.meta.dirname, id))
    const refusals = operation.errors.map((code) => ERROR_CATALOG[code].status)
    const wanted = new Set([operation.status ?? 200, ...refusals.filter((status) => !ASKED_OF_ALL.has(status))])
    expect([...wanted].filter((status) => !covered.has(status))).toEqual([])
  },
)

test('every folder of cases belongs to an operation', () => {
  const ids = new Set(operations.map(({ id }) => id))
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(folders.map(({ name }) => name).filter((name) => !ids.has(name))).toEqual([])
})

test('an operation that needs a key declares 401, one that needs a permission 403, one that finds by path 404', () => {
  const faults = operations.flatMap(({ id, permission, path, errors, input }) => [
    ...(permission !== 'public' && !errors.includes('unauthorized') ? [`${id}: 401`] : []),
    ...(permission !== 'public' && permission !== 'any-key' && !errors.includes('forbidden') ? [`${id}: 403`] : []),
    ...(path.includes('{') && !errors.includes('not_found') ? [`${id}: 404`] : []),
    ...(input.safeParse({ no_such_field: 1 }).success ? [`${id}: takes unknown fields`] : []),
  ])
  expect(faults).toEqual([])
})
