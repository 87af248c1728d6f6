import type { Control } from '../control/invoke.ts'
import type { Actor, CallOrigin } from '../domain/actor.ts'
import type { Observe } from '../observe/observation.ts'
import { ApiRefusal, type InferenceRequest } from './tool-session.ts'

const SUBSCRIPTIONS_MAX = 64

export interface McpParts extends Pick<Control, 'invoke'> {
  /** A chat completion as if it had come over HTTP with this key. */
  infer: (request: InferenceRequest & { secretKey: string; ip: string | null }) => Promise<InferenceAnswer>
  observe: Observe
}

export interface InferenceAnswer {
  status: number
  body: unknown
}

/** Who calls: known before anything of the message is read. */
export interface McpCaller {
  actor: Actor
  origin: CallOrigin
  /** The secret that inference is charged to: the caller's own unless it brought another. */
  secretKey: string
}

export type McpEndpoint = (request: Request, caller: McpCaller, message: unknown) => Promise<Response>

/**
 * The tools over streamable HTTP, for clients of the present protocol and for older ones that say `initialize` first. Nothing
 * is kept between two requests, so any replica can answer any of them.
 */
export function createMcpEndpoint(parts: McpParts): McpEndpoint {
  let handler: ReturnType<typeof loadHandler> | undefined
  return async (request, caller, message) => {
    handler ??= loadHandler(parts)
    const authInfo = { token: caller.secretKey, clientId: '', scopes: [], extra: { caller } }
    return (await handler).fetch(request, { authInfo, ...(message === undefined ? {} : { parsedBody: message }) })
  }
}

/** Loaded by the first who calls: a gateway whose tools nobody uses starts sooner and needs less memory. */
async function loadHandler(parts: McpParts) {
  const { createMcpHandler } = await import('@modelcontextprotocol/server')
  const { createMcpServer } = await import('./mcp-server.ts')
  return createMcpHandler((context) => createMcpServer(sessionOf(parts, callerOf(context.authInfo))), {
    maxSubscriptions: SUBSCRIPTIONS_MAX,
  })
}

function callerOf(authInfo: { extra?: Record<string, unknown> } | undefined): McpCaller {
  const caller = authInfo?.extra?.['caller']
  if (caller === undefined) throw new Error('an MCP request was let in without a caller')
  return caller as McpCaller
}

function sessionOf({ invoke, infer, observe }: McpParts, { actor, origin, secretKey }: McpCaller) {
  const requestId = origin.requestId ?? ''
  return {
    invoke: (name: Parameters<typeof invoke>[0], input: Record<string, unknown>) => invoke(name, actor, input, origin),
    infer: async (request: InferenceRequest) => {
      const { status, body } = await infer({ ...request, secretKey, ip: origin.ip })
      if (status >= 400) throw new ApiRefusal(body)
      return body
    },
    onBug: (error: unknown) => observe({ type: 'request_failed', requestId, error }),
  }
}
