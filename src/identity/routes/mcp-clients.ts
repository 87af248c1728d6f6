import { z } from 'zod'
import { requireMember } from '../current-session.ts'
import { type IdentityContext, type IdentityRoute, identityRoute, refusal } from '../identity-context.ts'
import { type McpClient, mayRedirectTo, readClientId } from '../mcp-client.ts'

/** A week: a client that goes on being used asks again. */
const KEY_LIFETIME_MS = 7 * 86_400_000
const LIMIT_USD = 10
const LABEL_LENGTH_MAX = 100

const Code = z.object({ data: z.object({ id: z.string() }) })
const ClientId = z.string().min(1).max(8_000)
const Redirect = z.string().min(1).max(500)

const look = identityRoute({
  method: 'POST',
  path: '/auth-api/mcp/look',
  input: z.strictObject({ client_id: ClientId, redirect_uri: Redirect }),
  run: async (context, call) => {
    await requireMember(context, call)
    const client = requireClient(context, call.input.client_id, call.input.redirect_uri)
    const redirect_host = new URL(call.input.redirect_uri).host
    return { data: { client_name: client.client_name, redirect_host } }
  },
})

/** Whoever approves makes the key in the client's name: it never may more than they may. */
const approve = identityRoute({
  method: 'POST',
  path: '/auth-api/mcp/approve',
  input: z.strictObject({
    client_id: ClientId,
    redirect_uri: Redirect,
    code_challenge: z.string().regex(/^[\w-]{43}$/, 'must be a SHA-256 as 43 characters of base64url'),
    state: z.string().max(2_000).optional(),
    workspace_id: z.uuid().optional(),
    limit_usd: z.number().min(0).max(1_000_000).default(LIMIT_USD),
    may_administer: z.boolean().default(false),
  }),
  run: async (context, call) => {
    const { organizationId, sessionId, userId } = await requireMember(context, call)
    const { input } = call
    const client = requireClient(context, input.client_id, input.redirect_uri)
    const actor = { kind: 'session', organizationId, sessionId, userId } as const
    const wanted = {
      callback_url: input.redirect_uri,
      code_challenge: input.code_challenge,
      code_challenge_method: 'S256',
      limit: input.limit_usd,
      key_label: `MCP: ${client.client_name}`.slice(0, LABEL_LENGTH_MAX),
      expires_at: new Date(context.clock.now() + KEY_LIFETIME_MS).toISOString(),
      may_administer: input.may_administer,
      client_id: input.client_id,
      ...(input.workspace_id !== undefined && { workspace_id: input.workspace_id }),
    }
    const output = await context.control.invoke('createAuthKeysCode', actor, wanted, call.origin)
    const back = new URL(input.redirect_uri)
    back.searchParams.set('code', Code.parse(output).data.id)
    if (input.state !== undefined) back.searchParams.set('state', input.state)
    // So that a client of several installations can tell whose answer this is. Source: RFC 9207.
    back.searchParams.set('iss', context.publicUrl)
    return { data: { redirect_to: back.toString() } }
  },
})

function requireClient({ keys }: IdentityContext, clientId: string, redirectUri: string): McpClient {
  const client = readClientId(clientId, keys)
  if (client !== undefined && mayRedirectTo(client, redirectUri)) return client
  throw refusal('invalid_request', 'bad_client', 'This client is not registered here, or not for this address')
}

export const MCP_CLIENT_ROUTES: readonly IdentityRoute[] = [look, approve]
