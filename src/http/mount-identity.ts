import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseFields } from '../control/parse-input.ts'
import { AppError } from '../domain/app-error.ts'
import { IDENTITY_ROUTES, type Identity } from '../identity/identity.ts'
import { type IdentityAnswer, type IdentityRoute, refusal } from '../identity/identity-context.ts'
import { requireSameOrigin } from '../identity/session-actor.ts'
import { sessionCookieName } from '../identity/session-cookie.ts'
import { originOf } from './call-origin.ts'

/** The routes by which people sign in. What changes something must come from a page of ours, with or without a session. */
export function mountIdentity(app: FastifyInstance, identity: Identity): void {
  for (const route of IDENTITY_ROUTES) mountRoute(app, identity, route)
}

function mountRoute(app: FastifyInstance, identity: Identity, { method, path, input, run }: IdentityRoute): void {
  const { publicUrl } = identity.context
  app.route({
    method,
    url: path,
    exposeHeadRoute: false,
    onRequest: async (request, reply) => {
      void reply.header('cache-control', 'no-store')
      if (sessionCookieName(publicUrl) === undefined) throw insecure(publicUrl)
      if (method !== 'GET') requireSameOrigin(request, publicUrl)
      if (method === 'POST') requireJson(request)
    },
    handler: async (request, reply) => {
      const rest = method === 'POST' ? request.body : request.query
      const fields = parseFields(input, { ...(rest as object), ...(request.params as object) })
      return await sendAnswer(reply, await run(identity.context, { input: fields, ...callOf(request) }))
    },
  })
}

/** What identity sees of a request. */
export function callOf(request: FastifyRequest) {
  return { cookie: request.headers.cookie, ip: request.clientIp, origin: originOf(request) }
}

async function sendAnswer(reply: FastifyReply, answer: IdentityAnswer): Promise<FastifyReply> {
  const { cookies = [], data, redirectTo } = answer
  if (cookies.length > 0) void reply.header('set-cookie', [...cookies])
  if (redirectTo !== undefined) return reply.redirect(redirectTo, 302)
  return reply.send({ data })
}

/** A form of another site can send no JSON without asking first. */
function requireJson({ headers }: FastifyRequest): void {
  if (/^application\/json(?:\s*;|$)/i.test(headers['content-type'] ?? '')) return
  throw new AppError('unsupported_media_type', 'Content-Type must be application/json')
}

function insecure(publicUrl: string): AppError {
  const message = `Nobody signs in at ${publicUrl}: passwords and sessions would travel unencrypted. Set SWITCHYARD_PUBLIC_URL to an https address`
  return refusal('forbidden', 'insecure', message)
}
