import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DIRECTORY_OPERATIONS } from '../contract/management/scim-directory.ts'
import type { Operation } from '../contract/operation.ts'
import { AppError, toErrorEnvelope } from '../domain/app-error.ts'
import { originOf } from './call-origin.ts'
import type { HttpParts } from './http-parts.ts'
import { useJsonReader } from './mount-operation.ts'
import { queryReader } from './read-query.ts'
import { listOf, resourceTypes, schemas, serviceProviderConfig } from './scim-discovery.ts'

const PREFIX = '/scim/v2'
const MEDIA_TYPE = 'application/scim+json; charset=utf-8'
const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error'
const BODY_TYPE = /^application\/(?:scim\+)?json(?:[ \t]*;[ \t]*charset=(?:"utf-8"|utf-8))?[ \t]*$/i

type DirectoryOperation = keyof typeof DIRECTORY_OPERATIONS

/** SCIM 2.0 for directory services: their token, their media type, their words for errors; behind it the same door as for
 *  everything else. */
export async function mountScim(
  app: FastifyInstance,
  parts: HttpParts,
  toAppError: (error: unknown) => unknown,
): Promise<void> {
  const base = new URL(PREFIX, parts.publicUrl).href
  await app.register(
    async (scope) => {
      useJsonReader(scope, 'application/scim+json')
      scope.setErrorHandler((error, request, reply) => sendError(toAppError(error), { request, reply, parts }))
      scope.setNotFoundHandler((request, reply) =>
        sendError(new AppError('not_found', 'Resource not found'), { request, reply, parts }),
      )
      for (const name of Object.keys(DIRECTORY_OPERATIONS) as DirectoryOperation[])
        mountDirectoryOperation(scope, name, { parts, base })
      mountDiscovery(scope, parts, base)
    },
    { prefix: PREFIX },
  )
}

function mountDirectoryOperation(
  scope: FastifyInstance,
  name: DirectoryOperation,
  { parts, base }: { parts: HttpParts; base: string },
): void {
  const operation: Operation = DIRECTORY_OPERATIONS[name]
  const readQuery = queryReader(operation)
  scope.route({
    method: operation.method,
    url: operation.path.slice(PREFIX.length).replace('{id}', ':id'),
    exposeHeadRoute: false,
    onRequest: async (request) => {
      request.actor = await parts.authenticateDirectory(request.headers.authorization)
      await parts.authorize(name, request.actor)
      if (operation.method !== 'GET' && operation.method !== 'DELETE') requireBodyType(request)
    },
    handler: async (request, reply) => {
      const input = inputOf(operation, request, readQuery)
      const output = await parts.invoke(name, request.actor, input, originOf(request))
      if (operation.method === 'DELETE') return reply.code(204).send()
      return sendResource(reply.code(operation.status ?? 200), withLocations(output, base))
    },
  })
}

/** The resource or the operations in the body under one name, so that what else a directory sends is told apart from our input. */
function inputOf(
  operation: Operation,
  request: FastifyRequest,
  readQuery: ReturnType<typeof queryReader>,
): Record<string, unknown> {
  const params = request.params as Record<string, string>
  if (operation.method === 'GET' && params['id'] === undefined) return knownQuery(request, readQuery)
  if (operation.method === 'GET' || operation.method === 'DELETE') return params
  if (operation.method === 'PATCH') {
    const body = request.body as { Operations?: unknown; operations?: unknown } | null
    return { ...params, operations: body?.Operations ?? body?.operations }
  }
  return { ...params, [operation.path.includes('/Users') ? 'user' : 'group']: request.body }
}

/** Only what the operation takes: a directory may send more, such as how to sort. */
function knownQuery(request: FastifyRequest, readQuery: ReturnType<typeof queryReader>) {
  const known = new Set(Object.keys(DIRECTORY_OPERATIONS.listDirectoryUsers.input.shape))
  const query = Object.entries(request.query as Record<string, unknown>).filter(([key]) => known.has(key))
  return readQuery(Object.fromEntries(query))
}

function mountDiscovery(scope: FastifyInstance, parts: HttpParts, base: string): void {
  const get = (url: string, answer: (id: string) => unknown) =>
    scope.get(url, async (request, reply) => {
      await parts.authenticateDirectory(request.headers.authorization)
      const found = answer((request.params as { id?: string }).id ?? '')
      if (found === undefined) throw new AppError('not_found', 'Resource not found')
      return sendResource(reply, found)
    })
  get('/ServiceProviderConfig', () => serviceProviderConfig(base))
  get('/ResourceTypes', () => listOf(resourceTypes(base)))
  get('/ResourceTypes/:id', (id) => resourceTypes(base).find((type) => type.id === id))
  get('/Schemas', () => listOf(schemas(base)))
  get('/Schemas/:id', (id) => schemas(base).find((schema) => schema.id === id))
}

interface Resource {
  id: string
  meta: { resourceType: string }
}

/** Resources say where they are, which only this surface knows. */
function withLocations(output: unknown, base: string): unknown {
  const list = output as { Resources?: Resource[] }
  if (list.Resources !== undefined)
    return { ...list, Resources: list.Resources.map((resource) => withLocation(resource, base)) }
  return withLocation(output as Resource, base)
}

function withLocation(resource: Resource, base: string): Resource {
  const location = `${base}/${resource.meta.resourceType}s/${resource.id}`
  return { ...resource, meta: { ...resource.meta, location } as Resource['meta'] }
}

function sendResource(reply: FastifyReply, resource: unknown): FastifyReply {
  return reply.type(MEDIA_TYPE).send(JSON.stringify(resource))
}

function requireBodyType(request: FastifyRequest): void {
  if (!BODY_TYPE.test(request.headers['content-type'] ?? ''))
    throw new AppError('unsupported_media_type', 'Content-Type must be application/scim+json or application/json')
}

function sendError(
  error: unknown,
  { request, reply, parts }: { request: FastifyRequest; reply: FastifyReply; parts: HttpParts },
): FastifyReply {
  const { status, body } = toErrorEnvelope(error)
  if (status >= 500) parts.observe({ type: 'request_failed', requestId: request.id, error })
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="scim"')
  if (error instanceof AppError && error.retryAfterSeconds !== undefined)
    void reply.header('retry-after', String(error.retryAfterSeconds))
  const scimType = body.error.metadata?.['scim_type'] ?? (status === 400 ? 'invalidValue' : undefined)
  const answer = { schemas: [ERROR_SCHEMA], status: String(status), scimType, detail: body.error.message }
  return sendResource(reply.code(status), answer)
}
