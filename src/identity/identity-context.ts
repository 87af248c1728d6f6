import type { z } from 'zod'
import type { Control } from '../control/invoke.ts'
import type { Actor, CallOrigin } from '../domain/actor.ts'
import { AppError } from '../domain/app-error.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db, Tx } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Auth } from './auth.ts'
import type { OidcClient } from './oidc-client.ts'
import type { SignInTries } from './sign-in-tries.ts'

export interface IdentitySettings {
  signUp: 'closed' | 'domain' | 'open'
  /** In lower case. */
  signUpDomains: readonly string[]
  isMailOn: boolean
}

/** What identity needs of the rest. */
export interface IdentityParts {
  db: Db
  clock: Clock
  sealer: Sealer
  control: Pick<Control, 'invoke' | 'actAsSystem' | 'actOnPerson'>
  /** The first signs; any of them may have signed before. */
  keys: readonly Buffer[]
  publicUrl: string
  settings: IdentitySettings
  oidc: OidcClient | null
  /** Who a key by its hash is, judged as one that is sent. Throws 401 and 403. */
  findKeyActor: (keyHash: string, ip: string | null) => Promise<Actor>
  /** Mail has just been put into the outbox. */
  onMail: () => void
  /** Something that nobody waits for went wrong. */
  onFailure: (error: unknown) => void
}

export interface IdentityContext extends IdentityParts {
  /** better-auth, which is loaded when it is first asked for: few processes ever need it, and it takes much memory. */
  loadAuth: () => Promise<Auth>
  /** The same within a transaction. */
  loadAuthIn: (tx: Tx, options?: { isPasswordProven?: boolean }) => Promise<Auth>
  tries: SignInTries
}

/** What a route sees of a request. */
export interface IdentityCall<Input = unknown> {
  input: Input
  cookie: string | undefined
  ip: string | null
  origin: CallOrigin
}

export interface IdentityAnswer {
  data?: unknown
  /** Each a Set-Cookie header. */
  cookies?: readonly string[]
  /** Where a navigation goes on. */
  redirectTo?: string
}

export interface IdentityRoute {
  method: 'GET' | 'POST' | 'DELETE'
  /** With `:name` for what stands in the path. */
  path: string
  input: z.ZodType
  run: (context: IdentityContext, call: IdentityCall) => Promise<IdentityAnswer>
}

/** A route with the type of its input. */
export function identityRoute<Input extends z.ZodType>(definition: {
  method: IdentityRoute['method']
  path: string
  input: Input
  run: (context: IdentityContext, call: IdentityCall<z.output<Input>>) => Promise<IdentityAnswer>
}): IdentityRoute {
  return definition as unknown as IdentityRoute
}

/** A refusal that programs can tell apart by `reason`. */
export function refusal(
  code: 'invalid_request' | 'unauthorized' | 'forbidden' | 'conflict' | 'not_found',
  reason: string,
  message: string,
): AppError {
  return new AppError(code, message, { reason }, { metadata: { reason } })
}
