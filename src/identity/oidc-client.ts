import { constants, createHash, createPublicKey, type JsonWebKey, randomBytes, verify } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'

const FRESH_MS = 3_600_000
const SKEW_SECONDS = 60
const RANDOM_BYTES = 32

const Discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
})
const Keys = z.object({ keys: z.array(z.looseObject({ kid: z.string().optional(), kty: z.string() })) })
const Tokens = z.object({ id_token: z.string() })
const Header = z.object({ alg: z.string(), kid: z.string().optional() })
const Claims = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: z.string().optional(),
  exp: z.number(),
  nonce: z.string().optional(),
  email: z.string().optional(),
  email_verified: z.union([z.boolean(), z.string()]).optional(),
})

/** How each algorithm that we take signs. Nothing symmetric, and never `none`. */
const ALGORITHMS: Readonly<Record<string, { hash: string | null; kty: string; isPss?: true }>> = {
  RS256: { hash: 'sha256', kty: 'RSA' },
  RS384: { hash: 'sha384', kty: 'RSA' },
  RS512: { hash: 'sha512', kty: 'RSA' },
  PS256: { hash: 'sha256', kty: 'RSA', isPss: true },
  ES256: { hash: 'sha256', kty: 'EC' },
  ES384: { hash: 'sha384', kty: 'EC' },
  EdDSA: { hash: null, kty: 'OKP' },
}

/** One request to the provider, guarded and bounded. */
export type SendToProvider = (request: {
  method: 'GET' | 'POST'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string
  signal: AbortSignal
}) => Promise<{ status: number; body: Buffer }>

export interface OidcOptions {
  issuer: string
  clientId: string
  clientSecret: string
  name: string
  redirectUri: string
  send: SendToProvider
  clock: Clock
}

/** What must be known again when the browser comes back. */
export interface OidcAttempt {
  verifier: string
  nonce: string
}

/** What the browser brought back. */
export interface OidcAnswer {
  code: string
  iss?: string | undefined
}

export interface OidcIdentity {
  /** Who it is there, for ever. */
  subject: string
  /** Null where the provider doesn't say that it has been proven. */
  email: string | null
}

/** The provider can't be asked, or answers something else than it should. */
export class OidcFailed extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'OidcFailed'
  }
}

/** OpenID Connect, the code flow with PKCE, at one provider. Source: OpenID Connect Core 1.0, 3.1. */
export class OidcClient {
  readonly name: string
  readonly #options: OidcOptions
  #known: { document: z.output<typeof Discovery>; keys: z.output<typeof Keys>['keys']; at: number } | undefined

  constructor(options: OidcOptions) {
    this.name = options.name
    this.#options = options
  }

  /** Under which its identities are kept. */
  get provider(): string {
    return `oidc:${this.#options.issuer}`
  }

  /** Where the browser goes, and what to keep until it is back. Throws OidcFailed. */
  async begin(state: string, attempt: OidcAttempt): Promise<string> {
    const { document } = await this.#discover()
    const url = new URL(document.authorization_endpoint)
    const { clientId, redirectUri } = this.#options
    const query = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state,
      nonce: attempt.nonce,
      code_challenge: createHash('sha256').update(attempt.verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
    return url.toString()
  }

  /** Who came back with this code, from whoever `iss` names. Throws OidcFailed. */
  async finish({ code, iss }: OidcAnswer, attempt: OidcAttempt): Promise<OidcIdentity> {
    const { document } = await this.#discover()
    requireIssuer(document, iss)
    const { clientId, clientSecret, redirectUri } = this.#options
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: attempt.verifier,
    })
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
    if (document.token_endpoint_auth_methods_supported?.includes('client_secret_post') === true) {
      form.set('client_id', clientId)
      form.set('client_secret', clientSecret)
    } else {
      const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
    }
    const url = document.token_endpoint
    const tokens = await this.#ask(Tokens, { method: 'POST', url, headers, body: form.toString() })
    return await this.#readIdToken(tokens.id_token, attempt)
  }

  async #readIdToken(token: string, { nonce }: OidcAttempt): Promise<OidcIdentity> {
    const [head = '', payload = '', signature = '', ...rest] = token.split('.')
    const header = parsePart(Header, head)
    const claims = parsePart(Claims, payload)
    if (rest.length > 0 || !(await this.#isSigned(`${head}.${payload}`, signature, header)))
      throw new OidcFailed('the id token is not signed by the provider')
    const { clientId, clock, issuer } = this.#options
    const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
    const isForUs = audiences.includes(clientId) && (audiences.length === 1 || claims.azp === clientId)
    if (claims.iss.replace(/\/+$/, '') !== issuer || !isForUs) throw new OidcFailed('the id token is not for us')
    if (claims.exp + SKEW_SECONDS <= clock.now() / 1_000) throw new OidcFailed('the id token has expired')
    if (claims.nonce !== nonce) throw new OidcFailed('the id token is of another sign-in')
    const isVerified = claims.email_verified === true || claims.email_verified === 'true'
    return { subject: claims.sub, email: isVerified && claims.email !== undefined ? claims.email : null }
  }

  /** A key that isn't known is asked for once more: providers change theirs. */
  async #isSigned(text: string, signature: string, header: z.output<typeof Header>): Promise<boolean> {
    const algorithm = ALGORITHMS[header.alg]
    if (algorithm === undefined) return false
    const { keys, at } = await this.#discover()
    const fitting = keys.filter(
      ({ kid, kty }) => kty === algorithm.kty && (header.kid === undefined || kid === header.kid),
    )
    if (fitting.some((key) => isSignedWith(key, { text, signature, algorithm }))) return true
    if (at === this.#options.clock.now()) return false
    this.#known = undefined
    const { keys: newer } = await this.#discover()
    return newer.some(({ kid, ...key }) => kid === header.kid && isSignedWith(key, { text, signature, algorithm }))
  }

  async #discover() {
    const { clock, issuer } = this.#options
    const now = clock.now()
    if (this.#known !== undefined && now - this.#known.at < FRESH_MS) return this.#known
    const document = await this.#ask(Discovery, {
      method: 'GET',
      url: `${issuer}/.well-known/openid-configuration`,
      headers: {},
    })
    if (document.issuer.replace(/\/+$/, '') !== issuer) throw new OidcFailed('the provider says it is another')
    const { keys } = await this.#ask(Keys, { method: 'GET', url: document.jwks_uri, headers: {} })
    this.#known = { document, keys, at: now }
    return this.#known
  }

  async #ask<Schema extends z.ZodType>(
    schema: Schema,
    request: { method: 'GET' | 'POST'; url: string; headers: Record<string, string>; body?: string },
  ): Promise<z.output<Schema>> {
    try {
      const headers = { accept: 'application/json', ...request.headers }
      const answer = await this.#options.send({ ...request, headers, signal: new AbortController().signal })
      if (answer.status !== 200) throw new Error(`it answered ${answer.status}`)
      return schema.parse(JSON.parse(answer.body.toString('utf8')))
    } catch (error) {
      throw new OidcFailed(`${new URL(request.url).host} did not answer as it should`, error)
    }
  }
}

export function newOidcAttempt(): OidcAttempt {
  const random = () => randomBytes(RANDOM_BYTES).toString('base64url')
  return { verifier: random(), nonce: random() }
}

/** A code that another provider gave is not shown to this one; nor is one of nobody's where it always says whose it is.
 *  Source: RFC 9207, 2.4. */
function requireIssuer(document: z.output<typeof Discovery>, iss: string | undefined): void {
  if (iss === undefined && document.authorization_response_iss_parameter_supported !== true) return
  if (iss !== document.issuer) throw new OidcFailed('the answer is not from the provider')
}

function parsePart<Schema extends z.ZodType>(schema: Schema, part: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')))
  } catch (error) {
    throw new OidcFailed('the id token cannot be read', error)
  }
}

function isSignedWith(
  key: Record<string, unknown>,
  signed: { text: string; signature: string; algorithm: { hash: string | null; kty: string; isPss?: true } },
): boolean {
  const { algorithm, signature, text } = signed
  try {
    const publicKey = createPublicKey({ key: key as JsonWebKey, format: 'jwk' })
    const options = {
      key: publicKey,
      dsaEncoding: 'ieee-p1363' as const,
      ...(algorithm.isPss === true && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
    }
    return verify(algorithm.hash, Buffer.from(text), options, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}
