import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../domain/app-error.ts'
import { ClientMetadata, clientIdOf, mayRedirectTo, readClientId } from '../identity/mcp-client.ts'
import { originOf } from './call-origin.ts'
import { escapeHtml, sendPage } from './html-page.ts'
import type { HttpParts } from './http-parts.ts'

/*
 * How an MCP client that has no key gets one: it finds us (RFC 9728, RFC 8414), registers itself (RFC 7591), sends its user to
 * a page of the dashboard, and exchanges the code that comes back (OAuth 2.1 with PKCE). What it gets is a key as any other.
 */

const ANONYMOUS = { kind: 'anonymous' } as const
const KEY_SECONDS = 7 * 86_400
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }

const Authorization = z.object({
  response_type: z.literal('code'),
  client_id: z.string().min(1).max(8_000),
  redirect_uri: z.string().min(1).max(500),
  code_challenge: z.string().regex(/^[\w-]{43}$/),
  code_challenge_method: z.literal('S256'),
  state: z.string().max(2_000).optional(),
})
const TokenRequest = z.object({
  grant_type: z.literal('authorization_code'),
  code: z.string().min(1).max(200),
  code_verifier: z.string().min(43).max(128),
  client_id: z.string().min(1).max(8_000),
})

/** Where a client that was refused at the MCP endpoint finds out how to come in, for its WWW-Authenticate. */
export function resourceMetadataUrl(publicUrl: string): string {
  return `${publicUrl}/.well-known/oauth-protected-resource/mcp`
}

export async function mountMcpOauth(app: FastifyInstance, parts: HttpParts): Promise<void> {
  const { publicUrl } = parts
  for (const path of ['', '/mcp', '/openrouter-admin']) {
    const resource = `${publicUrl}${path === '' ? '/mcp' : path}`
    const document = {
      resource,
      authorization_servers: [publicUrl],
      bearer_methods_supported: ['header'],
      resource_name: 'Switchyard',
    }
    mountDocument(app, `/.well-known/oauth-protected-resource${path}`, document)
  }
  mountDocument(app, '/.well-known/oauth-authorization-server', {
    issuer: publicUrl,
    authorization_endpoint: `${publicUrl}/oauth/authorize`,
    token_endpoint: `${publicUrl}/oauth/token`,
    registration_endpoint: `${publicUrl}/oauth/register`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
  })
  app.post('/oauth/register', (request, reply) => register(request, reply, parts))
  app.get('/oauth/authorize', (request, reply) => authorize(request, reply, parts))
  await app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))))
    })
    scope.post('/oauth/token', (request, reply) => exchange(request, reply, parts))
  })
}

/** Any page may read these: they are the same for everybody. */
function mountDocument(app: FastifyInstance, url: string, document: object): void {
  app.get(url, async (_request, reply) => reply.header('access-control-allow-origin', '*').send(document))
}

async function register(request: FastifyRequest, reply: FastifyReply, { clock, identity }: HttpParts) {
  const [key] = identity.context.keys
  const parsed = ClientMetadata.safeParse(request.body)
  if (!parsed.success || key === undefined)
    return refuse(reply, 400, 'invalid_redirect_uri', 'redirect_uris: https, or http on localhost or 127.0.0.1')
  return reply
    .code(201)
    .headers(NO_STORE)
    .send({
      client_id: clientIdOf(parsed.data, key),
      client_id_issued_at: Math.floor(clock.now() / 1_000),
      ...parsed.data,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    })
}

/** To the page that asks, with what it needs to know. An answer goes nowhere but to where a client has said it lives. */
async function authorize(request: FastifyRequest, reply: FastifyReply, { identity }: HttpParts) {
  const query = request.query as Record<string, unknown>
  const parsed = Authorization.safeParse(query)
  const client = readClientId(String(query['client_id'] ?? ''), identity.context.keys)
  if (client === undefined || !mayRedirectTo(client, String(query['redirect_uri'] ?? ''))) {
    const text = 'The application that sent you here is not registered, or not for the address it gave.'
    return sendPage(reply, 400, 'Unknown application', `<h1>Unknown application</h1><p>${escapeHtml(text)}</p>`)
  }
  if (!parsed.success) return reply.redirect(withError(query), 302)
  return reply.redirect(`/auth/mcp?${new URLSearchParams(parsed.data as Record<string, string>)}`, 302)
}

function withError(query: Record<string, unknown>): string {
  const back = new URL(String(query['redirect_uri']))
  back.searchParams.set('error', 'invalid_request')
  back.searchParams.set('error_description', 'response_type=code with an S256 code_challenge is what is served here')
  if (typeof query['state'] === 'string') back.searchParams.set('state', query['state'])
  return back.toString()
}

async function exchange(request: FastifyRequest, reply: FastifyReply, parts: HttpParts) {
  const parsed = TokenRequest.safeParse(request.body)
  if (!parsed.success) return refuse(reply, 400, 'invalid_request', 'grant_type, code, code_verifier and client_id')
  const { client_id: clientId, code, code_verifier } = parsed.data
  if (readClientId(clientId, parts.identity.context.keys) === undefined)
    return refuse(reply, 401, 'invalid_client', 'The client is not registered here')
  try {
    const input = { code, code_verifier, client_id: clientId }
    const output = await parts.invoke('exchangeAuthCodeForAPIKey', ANONYMOUS, input, originOf(request, 'mcp'))
    const { key } = output as { key: string }
    return reply.headers(NO_STORE).send({ access_token: key, token_type: 'Bearer', expires_in: KEY_SECONDS })
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500 || error.status === 429) throw error
    return refuse(reply, 400, 'invalid_grant', error.message)
  }
}

/** Errors of OAuth have a form of their own. Source: RFC 6749, 5.2. */
function refuse(reply: FastifyReply, status: number, error: string, description: string): FastifyReply {
  return reply.code(status).headers(NO_STORE).send({ error, error_description: description })
}
