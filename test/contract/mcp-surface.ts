import { AsyncLocalStorage } from 'node:async_hooks'
import { type Client, SdkHttpError } from '@modelcontextprotocol/client'
import { mcpTools } from '../../src/contract/mcp-tools.ts'
import { type Operation, pathKeys } from '../../src/contract/operation.ts'
import { operationOf } from '../../src/contract/operations.ts'
import { parseQuery, queryReader } from '../../src/http/read-query.ts'
import { callTool, connectMcp } from './mcp-client.ts'
import { pathPattern } from './operation-route.ts'
import type { Answer, RequestOptions } from './request-types.ts'

/*
 * The second surface of the contract tests: a request of the API, said as the tool call that means the same, made by a real
 * client, and its result told as the answer that the request would have had.
 */

/** On every answer that came this way. */
export const MCP_MARK = 'x-test-surface'

interface Route {
  tool: string
  operation: Operation
  pattern: RegExp
  readQuery: (query: Record<string, unknown>) => Record<string, unknown>
}

const routes = mcpTools()
  .map(({ name, operation }) => toRoute(name, operationOf(operation)))
  .sort((one, other) => pathKeys(one.operation.path).length - pathKeys(other.operation.path).length)
const clients = new Map<string, Promise<Client>>()
const heads = new AsyncLocalStorage<{ headers: Headers }>()

function toRoute(tool: string, operation: Operation): Route {
  return { tool, operation, pattern: pathPattern(operation), readQuery: queryReader(operation) }
}

/** The answer, or undefined for a request that only HTTP can express: its text, its headers or its cookies are what matters. */
export async function sendAsTool(
  target: { url: string; managementKey: string },
  method: string,
  path: string,
  options: RequestOptions,
): Promise<Answer | undefined> {
  const { key = target.managementKey, rawBody, headers, cookie } = options
  if (rawBody !== undefined || headers !== undefined || cookie !== undefined || key === null) return undefined
  const call = toToolCall(method, path, options.body)
  if (call === undefined) return undefined
  return await heads.run({ headers: new Headers() }, async () => {
    const { status, body } = await callAsKey({ url: target.url, key }, call.route.tool, call.input)
    return toAnswer(status ?? call.route.operation.status ?? 200, body)
  })
}

/** One tool call by the bearer of a key, whose connection is kept. The status is the API's, and undefined for a success. */
export async function callAsKey(
  { url, key }: { url: string; key: string },
  tool: string,
  input: Record<string, unknown>,
): Promise<{ status: number | undefined; body: unknown }> {
  try {
    const { isError, body } = await callTool(await clientOf(url, key), tool, input)
    return { status: isError ? (body as { error: { code: number } }).error.code : undefined, body }
  } catch (error) {
    if (!(error instanceof SdkHttpError)) throw error
    const { error: refusal } = JSON.parse(String(error.data['text'])) as { error: { data: unknown } }
    return { status: error.data.status, body: refusal.data }
  }
}

function toToolCall(method: string, path: string, body: unknown) {
  const [pathname = '', query = ''] = path.split(/\?(.*)/s)
  const route = routes.find(({ operation, pattern }) => operation.method === method && pattern.test(pathname))
  if (route === undefined) return undefined
  const takesQuery = method === 'GET' || method === 'DELETE'
  if (takesQuery ? body !== undefined : query !== '') return undefined
  const sent: unknown = body === undefined ? {} : JSON.parse(JSON.stringify(body))
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return undefined
  const keys = pathKeys(route.operation.path)
  if (keys.some((key) => key in sent)) return undefined
  const inPath = route.pattern.exec(pathname)?.slice(1).map(decode) ?? []
  if (inPath.includes(undefined)) return undefined
  const named = Object.fromEntries(keys.map((key, index) => [key, inPath[index]]))
  return { route, input: { ...(takesQuery ? route.readQuery(parseQuery(query)) : sent), ...named } }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** One connection a key. A key that can't connect is asked about again each time: it may be made later. */
async function clientOf(url: string, key: string): Promise<Client> {
  const known = clients.get(key)
  if (known !== undefined) return await known
  const connecting = connectMcp({ url, key, fetch: fetchNotingHeaders })
  clients.set(key, connecting)
  connecting.catch(() => clients.delete(key))
  return await connecting
}

const fetchNotingHeaders: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  const noted = heads.getStore()
  if (noted !== undefined) noted.headers = response.headers
  return response
}

function toAnswer(status: number, body: unknown): Answer {
  const headers = new Headers({ 'content-type': 'application/json', [MCP_MARK]: 'mcp' })
  for (const name of ['x-request-id', 'retry-after']) {
    const value = heads.getStore()?.headers.get(name)
    if (value) headers.set(name, value)
  }
  return { status, headers, body }
}
