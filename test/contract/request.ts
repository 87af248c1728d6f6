import { expect, inject } from 'vitest'
import type { z } from 'zod'
import { createClient } from '../../src/contract/client.ts'
import { sendAsTool } from './mcp-surface.ts'
import { officialFault } from './official-parsers.ts'
import type { Answer, RequestOptions } from './request-types.ts'

export const gateway = inject('gateway')
const isThroughMcp = process.env['SWITCHYARD_TEST_SURFACE'] === 'mcp'

/** One call of the shared gateway, exactly as written; in the project `contract-mcp` as the tool call that means the same,
 *  where there is one. */
export async function send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const answer = isThroughMcp ? await sendAsTool(gateway, method, path, options) : undefined
  return answer ?? (await sendTo(gateway, method, path, options))
}

/** One call of any gateway. What the official SDK knows must be as its parsers want it. */
export async function sendTo(
  target: { url: string; managementKey: string },
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const { cookie } = options
  const key = options.key === undefined && cookie === undefined ? target.managementKey : (options.key ?? null)
  const headers = new Headers(options.headers)
  if (cookie !== undefined) {
    headers.set('cookie', cookie)
    if (!headers.has('origin') && !headers.has('sec-fetch-site')) headers.set('origin', target.url)
  }
  if (key !== null) headers.set('authorization', `Bearer ${key}`)
  const body = options.rawBody ?? (options.body === undefined ? null : JSON.stringify(options.body))
  if (options.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const response = await fetch(target.url + path, { method, headers, body })
  const answer = { status: response.status, headers: response.headers, body: parseBody(await response.text()) }
  expect(officialFault({ method, path }, answer)).toBeUndefined()
  return answer
}

/** The typed client of the contract, as the management key. */
export const call = createClient({
  baseUrl: gateway.url,
  apiKey: gateway.managementKey,
  fetch: async (url, { method, body }) => {
    const options = body === undefined ? {} : { body: JSON.parse(body) as unknown }
    const answer = await send(method, url.slice(gateway.url.length), options)
    return { ok: answer.status < 400, status: answer.status, json: async () => answer.body }
  },
})

/** Checks that the answer has the status and exactly the declared keys, and returns it typed. */
export function expectAnswer<Output extends z.ZodType>(
  answer: Answer,
  status: number,
  output: Output,
): z.output<Output> {
  expect(answer).toMatchObject({ status })
  const parsed = output.parse(answer.body)
  expect(answer.body).toEqual(parsed)
  return parsed
}

/** Checks that the answer is the envelope of an error whose code is its status, with a message that matches. */
export function expectError(answer: Answer, status: number, message: string | RegExp): void {
  const { body } = answer
  expect({ status: answer.status, body }).toEqual({
    status,
    body: { error: { code: status, message: expect.stringMatching(message), metadata: expect.anything() } },
  })
  expect(answer.headers.get('content-type')).toContain('application/json')
  expect(answer.headers.get('x-request-id')).toMatch(/^req-\d{10}-[A-Za-z0-9]{20}$/)
}

let counter = 0

/** A slug that no other test uses. */
export function newSlug(): string {
  counter += 1
  return `t${process.pid}-${counter}-${Date.now().toString(36)}`
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
