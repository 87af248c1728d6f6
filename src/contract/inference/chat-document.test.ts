import { expect, test } from 'vitest'
import { openApiDocument } from '../openapi.ts'
import { OPERATIONS } from '../operations.ts'
import { CHAT_COMPLETIONS } from './chat-document.ts'

interface Documented {
  operationId: string
  parameters: { name: string; in: string }[]
  responses: Record<string, object>
  requestBody: { content: Record<string, { schema: { properties: object; required: string[] } }> }
}

test('the document has chat completions, with what may be said in headers and every way to be refused', () => {
  const { paths } = openApiDocument() as { paths: Record<string, Record<string, Documented>> }
  const chat = paths[CHAT_COMPLETIONS]?.['post']
  expect(chat?.operationId).toBe('sendChatCompletionRequest')
  expect(chat?.parameters.map(({ name, in: place }) => [name, place])).toEqual([
    ['Idempotency-Key', 'header'],
    ['X-Switchyard-Project', 'header'],
    ['X-OpenRouter-Metadata', 'header'],
    ['X-OpenRouter-Cache', 'header'],
    ['X-OpenRouter-Cache-TTL', 'header'],
    ['X-OpenRouter-Cache-Clear', 'header'],
    ['X-Session-Id', 'header'],
  ])
  const { properties, required } = chat?.requestBody.content['application/json']?.schema ?? expect.fail()
  expect(required).toEqual(['messages'])
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(['model', 'models', 'messages', 'provider', 'stream']))
  const statuses = ['200', '400', '401', '402', '403', '404', '409', '413', '415', '429', '500', '502', '503', '504']
  expect(Object.keys(chat?.responses ?? {})).toEqual(statuses)
})

test('no operation has the name or the path of inference', () => {
  const all = Object.values(OPERATIONS)
  expect(all.filter(({ id, path }) => String(id) === 'sendChatCompletionRequest' || path === CHAT_COMPLETIONS)).toEqual(
    [],
  )
})
