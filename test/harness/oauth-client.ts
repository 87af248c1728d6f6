import { createHash } from 'node:crypto'
import type { Visitor } from './visitor.ts'

const VERIFIER = 'a-verifier-of-a-client-that-is-long-enough-for-all'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** A program that gets a key by OAuth, as MCP clients do. */
export class OauthClient {
  readonly id: string
  readonly redirect: string
  readonly #url: string

  constructor(url: string, redirect: string, id: string) {
    this.#url = url
    this.redirect = redirect
    this.id = id
  }

  static async register(
    url: string,
    name = 'Test client',
    redirect = 'http://localhost:43117/cb',
  ): Promise<OauthClient> {
    const answer = await fetch(`${url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: name, redirect_uris: [redirect] }),
    })
    if (answer.status !== 201) throw new Error(`the client was refused with ${answer.status}`)
    const { client_id } = (await answer.json()) as { client_id: string }
    return new OauthClient(url, redirect, client_id)
  }

  /** The code that comes back when whoever is signed in approves. */
  async approvedBy(visitor: Visitor, fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const asked = { client_id: this.id, redirect_uri: this.redirect, code_challenge: CHALLENGE, ...fields }
    const { body, status } = await visitor.post('/auth-api/mcp/approve', asked)
    if (status !== 200) throw new Error(`the approval was answered ${status} ${JSON.stringify(body)}`)
    return new URL(body.data.redirect_to).searchParams.get('code') ?? ''
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  async exchange(code: string, fields: Readonly<Record<string, string>> = {}): Promise<any> {
    const form = { grant_type: 'authorization_code', client_id: this.id, redirect_uri: this.redirect, code }
    const body = new URLSearchParams({ ...form, code_verifier: VERIFIER, ...fields })
    return await (await fetch(`${this.#url}/oauth/token`, { method: 'POST', body })).json()
  }
}
