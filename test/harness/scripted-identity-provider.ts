import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Who is signed in there, and what is odd about its answers. */
export interface IdentityScript {
  subject: string
  email?: string
  isVerified?: boolean
  /** Over the claims that are right. */
  claims?: Readonly<Record<string, unknown>>
  /** Signs with a key that it doesn't publish. */
  isForged?: boolean
  /** Whom the browser says that the code is from; null is nobody. */
  iss?: string | null
  /** Answers the exchange with 500. */
  isDown?: boolean
}

/** An OpenID Connect provider on a free port of this machine, whose pages nobody has to click through. */
export class ScriptedIdentityProvider {
  readonly clientId = 'switchyard'
  readonly clientSecret = 'the secret of switchyard'
  script: IdentityScript = { subject: 'nobody' }
  readonly #codes = new Map<string, { nonce: string; challenge: string; script: IdentityScript }>()
  readonly #kid = randomUUID()
  readonly #key: { privateKey: KeyObject; publicKey: KeyObject }
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  constructor() {
    this.#key = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  /** Signs in whom the script names: where the browser goes from the address it was sent to. */
  approve(authorizationUrl: string): string {
    const url = new URL(authorizationUrl)
    const code = randomUUID()
    const nonce = url.searchParams.get('nonce') ?? ''
    const challenge = url.searchParams.get('code_challenge') ?? ''
    this.#codes.set(code, { nonce, challenge, script: this.script })
    const back = new URL(url.searchParams.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', url.searchParams.get('state') ?? '')
    const { iss = this.issuer } = this.script
    if (iss !== null) back.searchParams.set('iss', iss)
    return `${back.pathname}${back.search}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    switch (request.url) {
      case '/.well-known/openid-configuration':
        return void send(200, {
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/keys`,
          authorization_response_iss_parameter_supported: true,
        })
      case '/keys':
        return void send(200, { keys: [{ ...this.#key.publicKey.export({ format: 'jwk' }), kid: this.#kid }] })
      case '/token':
        return void send(...this.#exchange(request.headers.authorization ?? '', await readForm(request)))
      default:
        return void send(404, {})
    }
  }

  #exchange(authorization: string, form: URLSearchParams): [number, unknown] {
    const expected = Buffer.from(`${this.clientId}:${encodeURIComponent(this.clientSecret)}`).toString('base64')
    const code = form.get('code') ?? ''
    const known = this.#codes.get(code)
    this.#codes.delete(code)
    const digest = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (known === undefined || authorization !== `Basic ${expected}` || digest !== known.challenge)
      return [400, { error: 'invalid_grant' }]
    if (known.script.isDown === true) return [500, {}]
    return [200, { id_token: this.#idToken(known), access_token: 'none', token_type: 'Bearer' }]
  }

  #idToken({ nonce, script }: { nonce: string; script: IdentityScript }): string {
    const now = Math.floor(Date.now() / 1_000)
    const claims = {
      iss: this.issuer,
      aud: this.clientId,
      sub: script.subject,
      iat: now,
      exp: now + 300,
      nonce,
      email: script.email,
      email_verified: script.isVerified ?? true,
      ...script.claims,
    }
    const text = `${encode({ alg: 'RS256', kid: this.#kid })}.${encode(claims)}`
    const key =
      script.isForged === true ? generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey : this.#key.privateKey
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return new URLSearchParams(Buffer.concat(chunks).toString())
}
