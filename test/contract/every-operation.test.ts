import { describe, expect, test } from 'vitest'
import { type Operation, pathKeys } from '../../src/contract/operation.ts'
import { OPERATIONS } from '../../src/contract/operations.ts'
import { expectError, gateway, send } from './request.ts'

const operations = (Object.values(OPERATIONS) as Operation[]).filter(
  ({ id, protocol }) => id !== 'completeSetUp' && protocol === undefined,
)
const withKey = operations.filter(({ permission }) => permission !== 'public')
const forManagement = withKey.filter(({ permission }) => permission !== 'any-key')
const withBody = operations.filter(({ method }) => method !== 'GET' && method !== 'DELETE')

/** A path that leads to the operation, whatever it names. */
function pathOf(operation: Operation): string {
  return pathKeys(operation.path).reduce((path, key) => path.replace(`{${key}}`, 'some-thing'), operation.path)
}

describe.each(withKey.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  test('401 without a key, before anything of the request is looked at', async () => {
    const answer = await send(operation.method, `${pathOf(operation)}?colour=red`, { key: null })
    expectError(answer, 401, /^Missing Authentication header$/)
  })

  test('401 for an unknown key', async () => {
    const key = `sk-or-v1-${'1'.repeat(64)}`
    expectError(await send(operation.method, pathOf(operation), { key }), 401, /^User not found\.$/)
  })
})

describe.each(forManagement.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  test('403 for an inference key, whether what it names exists or not', async () => {
    const answer = await send(operation.method, pathOf(operation), { key: gateway.inferenceKey })
    expectError(answer, 403, /^Only management keys can perform this operation$/)
  })
})

describe.each(
  forManagement
    .filter((operation) => withBody.includes(operation))
    .map((operation) => [operation.id, operation] as const),
)('%s', (_id, operation) => {
  test('403 comes before 415 and 400: a body is not read for a key that may not send it', async () => {
    const answer = await send(operation.method, pathOf(operation), {
      key: gateway.inferenceKey,
      rawBody: '{"not json',
      headers: { 'content-type': 'text/plain' },
    })
    expectError(answer, 403, 'Only management keys')
  })
})

describe.each(withBody.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  test('400 for a body that is not JSON, or no object', async () => {
    const headers = { 'content-type': 'application/json' }
    for (const rawBody of ['{"name":', '[]', '"text"', '1', "{'a':1}", '{"a":NaN}', '\u0000']) {
      expectError(await send(operation.method, pathOf(operation), { rawBody, headers }), 400, 'Request body|name')
    }
  })

  test('415 for a body of any other type', async () => {
    const body = { name: 'x' }
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json garbage',
      'multipart/form-data',
    ]) {
      const answer = await send(operation.method, pathOf(operation), { body, headers: { 'content-type': type } })
      expectError(answer, 415, 'application/json')
    }
  })
})

describe.each(operations.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  test('400 names an unknown field', async () => {
    const takesQuery = operation.method === 'GET' || operation.method === 'DELETE'
    const path = pathOf(operation) + (takesQuery ? '?colour_of_it=red' : '')
    const answer = await send(operation.method, path, takesQuery ? {} : { body: { colour_of_it: 1 } })
    expectError(answer, 400, 'colour_of_it')
  })

  test('answers the same under a trailing slash', async () => {
    const plain = await send(operation.method, pathOf(operation), { key: gateway.inferenceKey })
    const slashed = await send(operation.method, `${pathOf(operation)}/`, { key: gateway.inferenceKey })
    expect(slashed.status).toBe(plain.status)
    if (operation.method !== 'GET') expect(slashed.body).toEqual(plain.body)
  })
})
