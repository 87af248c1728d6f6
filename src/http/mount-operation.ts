import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Operation, pathKeys } from '../contract/operation.ts'
import { type OperationName, operationOf } from '../contract/operations.ts'
import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/app-error.ts'
import { jsonComplexityProblem } from '../domain/json-shape.ts'
import { PAGE_HEADERS, PREFLIGHT_SECONDS } from '../gateway/stages/cross-origin.ts'
import { originOf } from './call-origin.ts'
import { findDuplicateKey } from './duplicate-key.ts'
import type { HttpParts, RequestHead } from './http-parts.ts'
import { queryReader } from './read-query.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before anything of the request is read. */
    actor: Actor
  }
}

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:"utf-8"|utf-8))?[ \t]*$/i
const JSON_LIMITS = { depthMax: 64, keysMax: 10_000, elementsMax: 20_000 }

/** The route of one operation: authenticates before it reads anything, gathers path, query and body into one input. */
export function mountOperation(app: FastifyInstance, name: OperationName, parts: HttpParts): void {
  const operation = operationOf(name)
  const inPath = pathKeys(operation.path)
  const takesQuery = operation.method === 'GET' || operation.method === 'DELETE'
  const readQuery = queryReader(operation)
  const url = operation.path.replace(/\{(\w+)\}/g, ':$1')
  if (operation.isForPages) mountPreflight(app, url, operation.method)
  app.route({
    method: operation.method,
    url,
    exposeHeadRoute: false,
    onRequest: async (request, reply) => {
      if (operation.isForPages) openToPages(reply)
      request.actor = await parts.authenticate(headOf(request, operation))
      if (!operation.isForPages) openToNamedPages(request, reply, parts)
      await parts.authorize(name, request.actor)
      if (hasBody(request) && operation.method !== 'GET') requireJsonType(request)
    },
    handler: async (request, reply) => {
      const rest = takesQuery ? readQuery(request.query as Record<string, unknown>) : request.body
      const input = gatherInput(operation, inPath, { params: request.params, rest })
      const output = await parts.invoke(name, request.actor, input, originOf(request))
      return reply.code(operation.status ?? 200).send(output)
    },
  })
}

/** What a browser asks before it lets a page of another origin send such a request. */
function mountPreflight(app: FastifyInstance, url: string, method: string): void {
  app.options(url, async (_request, reply) => {
    openToPages(reply)
    return reply
      .header('access-control-allow-methods', method)
      .header('access-control-allow-headers', PAGE_HEADERS)
      .header('access-control-max-age', PREFLIGHT_SECONDS)
      .code(204)
      .send()
  })
}

/** Those whose origin the workspace of the key names. */
function openToNamedPages({ actor, headers }: FastifyRequest, reply: FastifyReply, parts: HttpParts): void {
  if (headers.origin === undefined || actor.kind !== 'key') return
  void reply.headers(parts.pageHeaders(headers.origin, actor.workspaceId) ?? {})
}

/** No cookie goes with such a request, so that the answer is what anybody gets. */
function openToPages(reply: FastifyReply): void {
  void reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'x-request-id')
}

/** What is public is so for a session that has expired, too: no cookie is looked at. */
function headOf({ method, headers, clientIp: ip }: FastifyRequest, { permission }: Operation): RequestHead {
  if (permission !== 'public') return { method, headers, ip }
  const { cookie: _cookie, ...rest } = headers
  return { method, headers: rest, ip }
}

/** A JSON reader that also bounds nesting and keys, for one media type. */
export function useJsonReader(app: FastifyInstance, type: 'application/json' | 'application/scim+json'): void {
  app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => {
    const bytes = body as Buffer
    if (bytes.length === 0) return done(null, {})
    const problem = jsonComplexityProblem(bytes, JSON_LIMITS)
    if (problem !== undefined) return done(new AppError('invalid_request', `Request body ${problem}`))
    try {
      return done(null, parseJson(bytes.toString('utf8')))
    } catch (error) {
      return done(error as Error)
    }
  })
}

function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new AppError('invalid_request', 'Request body is not valid JSON')
  }
  const duplicate = findDuplicateKey(text)
  if (duplicate !== undefined) throw new AppError('invalid_request', `${duplicate}: is given twice`)
  return value
}

function hasBody(request: FastifyRequest): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
}

function requireJsonType(request: FastifyRequest): void {
  const type = request.headers['content-type']
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new AppError('unsupported_media_type', 'Content-Type must be application/json')
  }
}

function gatherInput(
  operation: Operation,
  inPath: readonly string[],
  sources: { params: unknown; rest: unknown },
): Record<string, unknown> {
  const { rest } = sources
  if (rest !== undefined && rest !== null && (typeof rest !== 'object' || Array.isArray(rest))) {
    throw new AppError('invalid_request', 'Request body must be a JSON object')
  }
  const given = (rest ?? {}) as Record<string, unknown>
  const doubled = inPath.find((key) => Object.hasOwn(given, key))
  if (doubled !== undefined) {
    throw new AppError('invalid_request', `${doubled}: stands in the path of ${operation.id} and may not be repeated`)
  }
  const params = sources.params as Record<string, string>
  return { ...given, ...Object.fromEntries(inPath.map((key) => [key, params[key]])) }
}
