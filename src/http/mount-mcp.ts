import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MISSING_KEY_MESSAGE } from '../contract/common/errors.ts'
import { AppError, toErrorEnvelope } from '../domain/app-error.ts'
import { createMcpEndpoint, type McpCaller } from '../mcp/mcp-endpoint.ts'
import { originOf } from './call-origin.ts'
import type { HttpParts } from './http-parts.ts'
import { resourceMetadataUrl } from './mount-mcp-oauth.ts'
import { requireOwnHost } from './rebinding-guard.ts'

const PATHS = ['/mcp', '/openrouter-admin'] as const
const INFERENCE_KEY_HEADER = 'x-switchyard-inference-key'
/** Of JSON-RPC: what was sent is no JSON; and the first of those that a server may give a meaning of its own. */
const PARSE_ERROR = -32_700
const SERVER_ERROR = -32_000

declare module 'fastify' {
  interface FastifyRequest {
    mcpCaller: McpCaller
  }
}

/** The MCP endpoint under both its paths. Only a bearer key opens it: a cookie would be sent by any page's script. */
export async function mountMcp(
  app: FastifyInstance,
  parts: HttpParts,
  toAppError: (error: unknown) => unknown,
): Promise<void> {
  const endpoint = createMcpEndpoint(parts)
  const metadata = resourceMetadataUrl(parts.publicUrl)
  const challenge = `Bearer realm="switchyard", error="invalid_token", resource_metadata="${metadata}"`
  app.decorateRequest('mcpCaller')
  await app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const { status, body } = toErrorEnvelope(toAppError(error))
      if (status >= 500) parts.observe({ type: 'request_failed', requestId: request.id, error })
      if (status === 401) void reply.header('www-authenticate', challenge)
      const code = status === 400 ? PARSE_ERROR : SERVER_ERROR
      const message = body.error.message
      return reply.code(status).send({ jsonrpc: '2.0', id: null, error: { code, message, data: body } })
    })
    for (const url of PATHS) {
      scope.route({
        method: ['GET', 'POST', 'DELETE'],
        url,
        exposeHeadRoute: false,
        onRequest: async (request) => {
          requireOwnHost(request.headers, parts.publicUrl)
          request.mcpCaller = await callerOf(request, parts)
        },
        handler: async (request, reply) => {
          const gone = new AbortController()
          reply.raw.once('close', () => gone.abort())
          return await endpoint(toWebRequest(request, gone.signal), request.mcpCaller, request.body)
        },
      })
    }
  })
}

async function callerOf(request: FastifyRequest, parts: HttpParts): Promise<McpCaller> {
  const { authorization = '', ...others } = request.headers
  const { cookie: _cookie, ...headers } = { ...others, authorization }
  const actor = await parts.authenticate({ method: request.method, headers, ip: request.clientIp })
  if (actor.kind === 'anonymous') throw new AppError('unauthorized', MISSING_KEY_MESSAGE)
  const brought = request.headers[INFERENCE_KEY_HEADER]
  const secretKey = typeof brought === 'string' ? brought : authorization.replace(/^bearer +/i, '')
  return { actor, secretKey, origin: originOf(request, 'mcp') }
}

/** The head of the request alone: its body is parsed already, by the reader that bounds it. */
function toWebRequest(request: FastifyRequest, signal: AbortSignal): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && name !== 'authorization') headers.set(name, String(value))
  }
  return new Request(new URL(request.url, 'http://localhost'), { method: request.method, headers, signal })
}
