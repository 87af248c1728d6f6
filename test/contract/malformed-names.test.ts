import { describe, expect, test } from 'vitest'
import { toRequest } from '../../src/contract/client.ts'
import { type Operation, pathKeys } from '../../src/contract/operation.ts'
import { API_OPERATIONS, operationOf } from '../../src/contract/operations.ts'
import { expectError, send } from './request.ts'
import { sampleInput } from './sample-input.ts'

/*
 * What stands in a path and can't name anything is answered as what names nothing, word for word: nobody learns how names
 * look, and no client needs two ways to find that a thing isn't there.
 */

/** Words of closed lists, of which another is a 400; and the slug of a preset that is made by it. */
const CHOSEN = new Set(['interval'])
const isMadeByIt = ({ path, method }: Operation) => method === 'POST' && path.startsWith('/api/v1/presets/')

const UNKNOWN: Readonly<Record<string, string>> = {
  id: '00000000-0000-4000-8000-000000000000',
  role: '00000000-0000-4000-8000-000000000000',
  hash: '0'.repeat(64),
  slug: 'no-such-slug',
  user_id: 'user_nobody',
  version: '999999999',
  author: 'nobody',
}
const MALFORMED = ['Nothing can be called so!', 'x'.repeat(300), '0', '-', "'", '%', ' ', '\u0000', '⚔']

const named = API_OPERATIONS.flatMap((name) => {
  const operation = operationOf(name)
  if (isMadeByIt(operation)) return []
  return pathKeys(operation.path).flatMap((key) => (CHOSEN.has(key) ? [] : [[operation.id, key, operation] as const]))
})

describe.each(named)('%s', (_id, key, operation) => {
  test(`404 for a ${key} that can't be one, as for an unknown one`, async () => {
    const isInWorkspace = operation.path.startsWith('/api/v1/workspaces/{id}/') && key !== 'id'
    const beside = Object.fromEntries(pathKeys(operation.path).flatMap((other) => unknownOf(other)))
    const ask = async (value: string) => {
      const given = { ...beside, ...(isInWorkspace ? { id: 'default' } : {}), [key]: value }
      const { path, method, body } = toRequest(operation, sampleInput(operation, given))
      return await send(method, path, body === undefined ? {} : { body: JSON.parse(body) as unknown })
    }
    const unknown = await ask(UNKNOWN[key] ?? '')
    expectError(unknown, 404, 'not found')
    for (const value of MALFORMED) {
      const answer = await ask(value)
      expect([value, answer.status, answer.body]).toEqual([value, 404, unknown.body])
    }
  })
})

function unknownOf(key: string): [string, string][] {
  const value = UNKNOWN[key]
  return value === undefined ? [] : [[key, value]]
}
