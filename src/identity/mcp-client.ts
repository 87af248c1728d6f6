import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/*
 * A client that registers itself is not kept: what it said is its id, signed. Anybody may register, so nothing grows by it.
 */

const PURPOSE = 'mcp-client'
const REDIRECTS_MAX = 10

/** Loopback with any port, or https; no fragment. Source: RFC 8252, 7.3 and 8.3; RFC 6749, 3.1.2. */
const RedirectUri = z.url().max(500).refine(isGoodRedirect, 'must be https, or http on a loopback address')

export const ClientMetadata = z.object({
  client_name: z.string().min(1).max(80).catch('an MCP client'),
  redirect_uris: z.array(RedirectUri).min(1).max(REDIRECTS_MAX),
})
export type McpClient = z.output<typeof ClientMetadata>

/** `mcp_<what it said>.<signature>`. */
export function clientIdOf(client: McpClient, key: Buffer): string {
  const said = Buffer.from(JSON.stringify([client.client_name, ...client.redirect_uris])).toString('base64url')
  return `mcp_${said}.${sign(said, key)}`
}

/** What a client said when it registered; undefined when we never heard it. Any of the keys may have signed. */
export function readClientId(clientId: string, keys: readonly Buffer[]): McpClient | undefined {
  const [, said, signature] = /^mcp_([\w-]+)\.([\w-]+)$/.exec(clientId) ?? []
  if (said === undefined || signature === undefined) return undefined
  const given = Buffer.from(signature)
  const isOurs = keys.some((key) => {
    const expected = Buffer.from(sign(said, key))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  if (!isOurs) return undefined
  const [client_name = '', ...redirect_uris] = JSON.parse(Buffer.from(said, 'base64url').toString()) as string[]
  return { client_name, redirect_uris }
}

/** Whether a client may be answered there: at what it registered, on a loopback address with whatever port it has now. */
export function mayRedirectTo(client: McpClient, redirectUri: string): boolean {
  if (!isGoodRedirect(redirectUri)) return false
  const wanted = new URL(redirectUri)
  return client.redirect_uris.some((registered) => {
    if (registered === redirectUri) return true
    const known = new URL(registered)
    if (!isLoopback(known) || known.hostname !== wanted.hostname || known.protocol !== wanted.protocol) return false
    return known.pathname === wanted.pathname && known.search === wanted.search
  })
}

function isGoodRedirect(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.hash !== '' || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1'
}

function sign(said: string, key: Buffer): string {
  return createHmac('sha256', key).update(`${PURPOSE}:${said}`).digest('base64url')
}
