import { expect, test } from 'vitest'
import { ERROR_CATALOG } from './common/errors.ts'
import { MESSAGES } from './inference/messages-document.ts'
import { openApiDocument } from './openapi.ts'
import { OPERATIONS } from './operations.ts'
import { refusalsOf } from './refusals.ts'

test.each([
  ['a change behind a key', OPERATIONS.createWorkspace, [400, 401, 403, 413, 415, 429, 500, 503]],
  ['a thing that is named in the path', OPERATIONS.deleteGuardrail, [400, 401, 403, 404, 429, 500, 503]],
  ['what anybody may read from memory', OPERATIONS.listProviders, [400, 500]],
  ['what declares more', OPERATIONS.createScimGroupMapping, [400, 401, 403, 404, 409, 413, 415, 429, 500, 503]],
])('%s is documented with every status that it may be refused with', (_name, operation, statuses) => {
  const known = new Set(refusalsOf(operation).map((code) => ERROR_CATALOG[code].status))
  expect([...known].toSorted()).toEqual(statuses)
  const paths = openApiDocument()['paths'] as Record<string, Record<string, { responses: object }>>
  const { responses } = paths[operation.path]?.[operation.method.toLowerCase()] ?? { responses: {} }
  expect(Object.keys(responses)).toEqual([operation.status ?? 200, ...statuses].map(String))
})

test('every refusal in the document is an error envelope, and what it refers to is there', () => {
  const { components, paths } = openApiDocument() as {
    components: { responses: Record<string, object>; schemas: object }
    paths: Record<string, Record<string, { responses: Record<string, { $ref?: string }> }>>
  }
  expect(components.schemas).toHaveProperty('Error')
  const { [MESSAGES]: messages, ...others } = paths
  for (const [status, refusal] of Object.entries(messages?.['post']?.responses ?? {})) {
    // The format of clients there has errors of its own.
    const schema = { required: ['type', 'error', 'request_id'] }
    if (status >= '400') expect(refusal).toMatchObject({ content: { 'application/json': { schema } } })
  }
  for (const response of Object.values(others).flatMap((methods) =>
    Object.values(methods).flatMap(({ responses }) => Object.entries(responses).filter(([status]) => status >= '400')),
  )) {
    const [, { $ref, ...own }] = response
    const meant = $ref === undefined ? own : components.responses[$ref.replace('#/components/responses/', '')]
    expect(meant).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    })
  }
})
