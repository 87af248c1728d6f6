import type { FastifyRequest } from 'fastify'
import type { CallOrigin } from '../domain/actor.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Where it comes from; null where that isn't known. Set before anything else is done. */
    clientIp: string | null
  }
}

const HEADER_LENGTH_MAX = 500

/** Where a call comes from, for the audit log. */
export function originOf(request: FastifyRequest, surface: CallOrigin['surface'] = 'api'): CallOrigin {
  const userAgent = request.headers['user-agent']?.slice(0, HEADER_LENGTH_MAX) ?? null
  return { surface, ip: request.clientIp, userAgent, requestId: request.id }
}
