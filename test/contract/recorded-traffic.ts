import { mcpTools } from '../../src/contract/mcp-tools.ts'
import { operationOf } from '../../src/contract/operations.ts'
import type { RecordedCall } from './audited-calls.ts'
import { findOperation } from './operation-route.ts'
import { collectSecrets } from './secret-values.ts'

/*
 * Listens to every request that the tests send to the shared gateway, through whichever client: each of them uses `fetch`.
 */

interface Traffic {
  calls: RecordedCall[]
  /** What was sent or answered under the name of a secret. */
  secrets: Set<string>
}

interface Exchange {
  method: string
  url: URL
  headers: Headers
  sent: unknown
  response: Response
}

const MCP_PATHS = new Set(['/mcp', '/openrouter-admin'])
const tools = new Map(mcpTools().map(({ name, operation }) => [name, operationOf(operation)]))

let traffic: Traffic = { calls: [], secrets: new Set() }
const underWay = new Set<Promise<void>>()

/** From now on everything sent to `origin` is recorded. Returns the `fetch` that isn't listened to. */
export function recordTraffic(origin: string): typeof fetch {
  const plainFetch = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    const request = input instanceof Request && init === undefined ? input.clone() : undefined
    const response = await plainFetch(input, init)
    const url = new URL(request?.url ?? (input instanceof Request ? input.url : input))
    if (url.origin !== origin) return response
    const copy = response.clone()
    const noting = note({
      method: request?.method ?? init?.method ?? 'GET',
      url,
      headers: new Headers(request?.headers ?? init?.headers),
      sent: parseJson((await request?.text()) ?? (typeof init?.body === 'string' ? init.body : '')),
      response: copy,
    })
    underWay.add(noting)
    void noting.finally(() => underWay.delete(noting))
    return response
  }
  return plainFetch
}

/** What was recorded since this was asked last. */
export async function takeTraffic(): Promise<Traffic> {
  await Promise.all(underWay)
  const taken = traffic
  traffic = { calls: [], secrets: new Set() }
  return taken
}

async function note({ method, url, headers, sent, response }: Exchange): Promise<void> {
  const answered = await readAnswer(response)
  for (const value of [sent, answered]) collectSecrets(value, traffic.secrets)
  const base = {
    requestId: response.headers.get('x-request-id') ?? '',
    bearer: /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1],
  }
  if (MCP_PATHS.has(url.pathname)) {
    const { method: rpc, params } = (sent ?? {}) as { method?: string; params?: { name?: string } }
    const operation = rpc === 'tools/call' ? tools.get(params?.name ?? '') : undefined
    const { result } = (answered ?? {}) as { result?: { isError?: boolean } }
    const isDone = result !== undefined && result.isError !== true
    if (operation !== undefined) traffic.calls.push({ ...base, operation, surface: 'mcp', isDone })
    return
  }
  const operation = findOperation(method, url.pathname)
  if (operation !== undefined) traffic.calls.push({ ...base, operation, surface: 'api', isDone: response.ok })
}

/** JSON, also as the event of a stream; a caller who went away meanwhile gets nothing. */
async function readAnswer(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => '')
  const events = text.split('\n').flatMap((line) => /^data: ?(.+)/.exec(line)?.[1] ?? [])
  return parseJson(events.at(-1) ?? text)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
