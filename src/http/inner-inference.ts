import type { IncomingMessage, ServerResponse } from 'node:http'
import Fastify from 'fastify'
import { CHAT_COMPLETIONS } from '../contract/inference/chat-document.ts'
import type { HttpParts } from './http-parts.ts'
import { WITHOUT_SCHEMAS } from './without-schemas.ts'

/** In no network that anybody names, and no proxy. */
const UNKNOWN_ADDRESS = '::'

/**
 * Inference from inside the process, by the same path as from outside: what comes in is a request with a key, and it is
 * authenticated, held for, charged and recorded like any other. Nothing is opened to the network.
 */
export function createInnerInference(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): HttpParts['infer'] {
  const app = Fastify({ logger: false, schemaController: WITHOUT_SCHEMAS })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  app.post(CHAT_COMPLETIONS, (request, reply) => {
    reply.hijack()
    handle(request.raw, reply.raw)
  })
  return async ({ body, attribution, signal, secretKey, ip }) => {
    const response = await app.inject({
      method: 'POST',
      url: CHAT_COMPLETIONS,
      headers: { ...attribution, authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
      payload: JSON.stringify(body),
      signal,
      remoteAddress: ip ?? UNKNOWN_ADDRESS,
    })
    return { status: response.statusCode, body: response.json() as unknown }
  }
}
