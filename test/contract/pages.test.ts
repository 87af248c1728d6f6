import { expect, test } from 'vitest'
import { type Operation, pathKeys } from '../../src/contract/operation.ts'
import { API_OPERATIONS, operationOf } from '../../src/contract/operations.ts'
import { gateway } from './request.ts'

/*
 * What a page of another origin may read: the catalogue, and the answer that gives an application its key. Nothing else says
 * that it may be read.
 */

const FOR_PAGES = new Set([
  'getModels',
  'listModelsCount',
  'getModel',
  'listEmbeddingsModels',
  'listEndpoints',
  'listEndpointsZdr',
  'listProviders',
  'exchangeAuthCodeForAPIKey',
])
const PAGE = { origin: 'https://app.example.test' }
const operations: readonly Operation[] = API_OPERATIONS.map((name) => operationOf(name))
const urlOf = ({ path }: Operation) =>
  gateway.url + pathKeys(path).reduce((url, key) => url.replace(`{${key}}`, 'some-thing'), path)

async function ask(method: string, operation: Operation, headers: Record<string, string> = {}): Promise<Response> {
  const body = method === 'POST' ? { body: '{}' } : {}
  const type: Record<string, string> = method === 'POST' ? { 'content-type': 'application/json' } : {}
  return await fetch(urlOf(operation), { method, headers: { ...PAGE, ...type, ...headers }, ...body })
}

test('the answers of these operations are for pages of every origin, refusals too, and so says the question before', async () => {
  const open = operations.filter(({ id }) => FOR_PAGES.has(id))
  expect(open).toHaveLength(FOR_PAGES.size)
  for (const operation of open) {
    const before = await ask('OPTIONS', operation, { 'access-control-request-method': operation.method })
    expect([operation.id, before.status, before.headers.get('access-control-allow-methods')]).toEqual([
      operation.id,
      204,
      operation.method,
    ])
    expect(before.headers.get('access-control-allow-headers')).toMatch(/^authorization, content-type, /)
    for (const key of [undefined, gateway.inferenceKey, 'unknown']) {
      const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` }
      const answer = await ask(operation.method, operation, headers)
      expect([operation.id, key, answer.headers.get('access-control-allow-origin')]).toEqual([operation.id, key, '*'])
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    }
  }
})

test('no other operation answers to pages, and 405 to the question before', async () => {
  for (const operation of operations.filter(({ id }) => !FOR_PAGES.has(id))) {
    const shared = operations.some(({ id, path }) => FOR_PAGES.has(id) && path === operation.path)
    const before = await ask('OPTIONS', operation)
    expect([operation.id, before.status]).toEqual([operation.id, shared ? 204 : 405])
    const authorization = `Bearer ${gateway.inferenceKey}`
    for (const answer of [before, await ask(operation.method, operation, { authorization })])
      expect([operation.id, answer.headers.get('access-control-allow-origin')]).toEqual([operation.id, null])
  }
})
