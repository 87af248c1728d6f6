import { createKeys } from '../../src/contract/management/keys.ts'
import { createWorkspace, type WorkspaceWire } from '../../src/contract/management/workspaces.ts'
import type { RequestOf, ResponseOf } from '../../src/contract/operation.ts'
import { MINTED_PASSWORD } from '../harness/sessions.ts'
import { Visitor } from '../harness/visitor.ts'
import { call, gateway, newSlug, send } from './request.ts'
import type { Answer } from './request-types.ts'
import type { SharedGateway } from './shared-gateway.ts'

export const NO_UUID = '00000000-0000-4000-8000-000000000000'
const CROWD_SIZE = 8
export const NO_HASH = '0'.repeat(64)

export async function newWorkspace(fields: Partial<RequestOf<typeof createWorkspace>> = {}): Promise<WorkspaceWire> {
  const { data } = await call(createWorkspace, { name: 'Test', slug: newSlug(), ...fields })
  return data
}

export async function newKey(
  fields: Partial<RequestOf<typeof createKeys>> = {},
): Promise<ResponseOf<typeof createKeys>> {
  return await call(createKeys, { name: 'test key', ...fields })
}

export interface Spent {
  generationId: string
  cost: number
  promptTokens: number
  completionTokens: number
}

/** One answer of the priced built-in model, and what it says that it cost. */
export async function spend(key: string): Promise<Spent> {
  const answer = await send('POST', '/api/v1/chat/completions', {
    key,
    body: { model: 'sim/lorem', max_tokens: 20, messages: [{ role: 'user', content: 'one two three four' }] },
  })
  if (answer.status !== 200) throw new Error(`chat answered ${answer.status} ${JSON.stringify(answer.body)}`)
  const { id, usage } = answer.body as {
    id: string
    usage: { cost: number; prompt_tokens: number; completion_tokens: number }
  }
  return {
    generationId: id,
    cost: usage.cost,
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
  }
}

/** Members for whom a test may have any role in workspaces of its own: nobody looks at what else they see. */
export function crowd(count: number): SharedGateway['spares'] {
  return gateway.spares.slice(-CROWD_SIZE).slice(0, count)
}

let signIns = 0

/** Signs somebody in again whose sessions have ended, with a role for one, and returns the cookie. */
export async function signInAnew({ email }: { email: string }): Promise<string> {
  signIns += 1
  // Each from an address of its own: as many tries as there are tests are taken from none.
  const from = `10.77.${signIns >> 8}.${signIns & 255}`
  const visitor = new Visitor(gateway.url, { 'x-forwarded-for': from })
  const { status } = await visitor.post('/auth-api/sign-in', { email, password: MINTED_PASSWORD })
  if (status !== 200) throw new Error(`signing in as ${email} was answered ${status}`)
  return visitor.cookie
}

/** One of the members that tests may change; see `SharedGateway.spares`. */
export function spare(index: number): SharedGateway['spares'][number] {
  const member = gateway.spares[index]
  if (member === undefined) throw new Error(`there is no spare member ${index}`)
  return member
}

let emails = 0

/** An address that no other test uses. */
export function newEmail(): string {
  emails += 1
  return `${newSlug()}-${emails}@example.test`
}

/** The token that the link of an invitation carries. */
export function tokenOf(link: string | null | undefined): string {
  const token = /token=([\w-]+)$/.exec(link ?? '')?.[1]
  if (token === undefined) throw new Error(`no token in the link ${link}`)
  return token
}

/** Accepts an invitation as somebody who has nothing but its link. */
export async function acceptLink(
  link: string | null | undefined,
  fields: object = {},
  key: string | null = null,
): Promise<Answer> {
  const body = { token: tokenOf(link), ...fields }
  return await send('POST', '/api/v1/organization/invitations/accept', { key, body })
}

/** Asks again until `isThere`: what was charged is posted in batches, a moment after the answer. */
export async function eventually<T>(ask: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const value = await ask()
    if (isThere(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return await ask()
}
