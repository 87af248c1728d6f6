import type { RequestListener } from 'node:http'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { PATH_NAME_CHARS_MAX } from '../contract/common/path-names.ts'
import { AppError, toErrorEnvelope } from '../domain/app-error.ts'
import { readAddress } from '../gateway/stages/request-headers.ts'
import { newRequestId } from '../platform/ids.ts'
import type { HttpParts } from './http-parts.ts'
import { mountInvitationPage } from './invitation-page.ts'
import { isForDashboard, mountDashboard, sendDashboard } from './mount-dashboard.ts'
import { isForDocs, mountDocs, sendMissingDoc } from './mount-docs.ts'
import { mountIdentity } from './mount-identity.ts'
import { mountMcp } from './mount-mcp.ts'
import { mountMcpOauth } from './mount-mcp-oauth.ts'
import { mountMetrics } from './mount-metrics.ts'
import { mountOpenApi } from './mount-openapi.ts'
import { mountOperation, useJsonReader } from './mount-operation.ts'
import { mountPaymentEvents } from './mount-payment-events.ts'
import { mountScim } from './mount-scim.ts'
import { parseQuery } from './read-query.ts'
import { notHere, operationsOf } from './served-operations.ts'
import { mountSetUpPage } from './set-up-page.ts'
import { WITHOUT_SCHEMAS } from './without-schemas.ts'

const MANAGEMENT_BODY_BYTES_MAX = 1_048_576

/** Everything that isn't inference: the management API mounted from the contract, the set-up page, health and OpenAPI. */
export async function createHttpApp(parts: HttpParts): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    schemaController: WITHOUT_SCHEMAS,
    serverFactory: (handler) => parts.serverFactory(handler as RequestListener),
    bodyLimit: MANAGEMENT_BODY_BYTES_MAX,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PATH_NAME_CHARS_MAX, querystringParser: parseQuery },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    frameworkErrors: (error, request, reply) => {
      void sendError(toFrameworkError(error), request, reply, parts)
    },
    genReqId: () => newRequestId(parts.clock.now()),
  })
  app.removeAllContentTypeParsers()
  useJsonReader(app, 'application/json')
  app.decorateRequest('actor')
  app.decorateRequest('clientIp', null)
  app.addHook('onRequest', async (request, reply) => {
    request.clientIp = readAddress(request.raw, parts.trustedProxies)
    void reply.header('x-request-id', request.id)
    // The router takes `*` for the path of the start page.
    if (!request.url.startsWith('/')) throw new AppError('not_found', 'Resource not found')
  })
  app.setErrorHandler((error, request, reply) => sendError(toFrameworkError(error), request, reply, parts))
  app.setNotFoundHandler((request, reply) => {
    if (parts.docs !== undefined && isForDocs(request)) return sendMissingDoc(request, reply, parts.docs)
    if (parts.dashboard !== undefined && isForDashboard(request)) return sendDashboard(request, reply, parts.dashboard)
    return sendError(notFound(request, app, parts), request, reply, parts)
  })
  for (const name of operationsOf(parts.role)) mountOperation(app, name, parts)
  if (parts.role !== 'gateway') await mountManagement(app, parts)
  mountHealth(app, parts)
  mountMetrics(app, parts)
  return app
}

/** What isn't for callers of models. */
async function mountManagement(app: FastifyInstance, parts: HttpParts): Promise<void> {
  mountIdentity(app, parts.identity)
  await mountSetUpPage(app, parts)
  await mountInvitationPage(app, parts)
  await mountScim(app, parts, toFrameworkError)
  await mountPaymentEvents(app, parts)
  await mountMcp(app, parts, toFrameworkError)
  await mountMcpOauth(app, parts)
  if (parts.dashboard !== undefined) mountDashboard(app, parts.dashboard)
  if (parts.docs !== undefined) mountDocs(app, parts.docs)
  mountOpenApi(app)
  mountWithdrawn(app)
}

function mountHealth(app: FastifyInstance, parts: HttpParts): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const named = parts.degraded()
    const degraded = named.length > 0 ? { degraded: named } : {}
    if (parts.isReady()) return { status: 'ready', ...degraded }
    return reply
      .code(503)
      .header('retry-after', '5')
      .send({ status: 'not ready', ...degraded })
  })
}

/** What the official API has withdrawn, which its clients are told in the same way. */
function mountWithdrawn(app: FastifyInstance): void {
  app.post('/api/v1/credits/coinbase', () => {
    throw new AppError('gone', 'Credits are no longer bought here; use POST /api/v1/credits/purchases')
  })
}

function notFound(request: FastifyRequest, app: FastifyInstance, { role }: HttpParts): AppError {
  const path = request.url.split('?')[0] ?? ''
  const methods = (['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const).filter((method) => hasRoute(app, method, path))
  if (methods.length === 0 || methods.includes(request.method as 'GET'))
    return new AppError('not_found', notHere(role, request.url))
  return new AppError('method_not_allowed', 'Method not allowed', {}, { headers: { allow: methods.join(', ') } })
}

function hasRoute(app: FastifyInstance, method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string): boolean {
  try {
    return app.findRoute({ method, url: path }) !== null && app.findRoute({ method, url: path }) !== undefined
  } catch {
    return false
  }
}

/** The framework's own refusals in our terms. What isn't one of them is a bug and stays what it is. */
function toFrameworkError(error: unknown): unknown {
  if (error instanceof AppError) return error
  const { statusCode, code } = error as { statusCode?: number; code?: string }
  if (statusCode === 413)
    return new AppError('payload_too_large', `Request body is larger than ${MANAGEMENT_BODY_BYTES_MAX} bytes`)
  if (statusCode === 415) return new AppError('unsupported_media_type', 'Content-Type must be application/json')
  if (statusCode === 405) return new AppError('method_not_allowed', 'Method not allowed')
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return new AppError('invalid_request', 'Request body is empty')
  if (code === 'FST_ERR_BAD_URL' || statusCode === 414)
    return new AppError('invalid_request', 'The request path is not valid')
  if (error instanceof SyntaxError || (statusCode !== undefined && statusCode >= 400 && statusCode < 500)) {
    return new AppError('invalid_request', 'Request body is not valid JSON')
  }
  return error
}

async function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: HttpParts,
): Promise<FastifyReply> {
  const { status, body } = toErrorEnvelope(error)
  if (status >= 500) parts.observe({ type: 'request_failed', requestId: request.id, error })
  if (error instanceof AppError) {
    for (const [name, value] of Object.entries(error.headers ?? {})) void reply.header(name, value)
    if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', String(error.retryAfterSeconds))
  }
  return reply.code(status).header('x-request-id', request.id).type('application/json').send(JSON.stringify(body))
}
