import type { Auth } from './auth.ts'
import { startSession } from './current-session.ts'
import type { IdentityCall, IdentityContext, IdentityParts, IdentityRoute } from './identity-context.ts'
import { requireGoodPassword, setFirstPassword } from './passwords.ts'
import { EMAIL_CHANGE_ROUTES } from './routes/email-change.ts'
import { INVITATION_ROUTES } from './routes/invitations.ts'
import { MCP_CLIENT_ROUTES } from './routes/mcp-clients.ts'
import { OIDC_ROUTES } from './routes/oidc.ts'
import { PASSKEY_ROUTES } from './routes/passkeys.ts'
import { PASSWORD_ROUTES } from './routes/passwords.ts'
import { SECOND_FACTOR_ROUTES } from './routes/second-factor.ts'
import { SESSION_ROUTES } from './routes/sessions.ts'
import { SIGN_IN_ROUTES } from './routes/sign-in.ts'
import { SIGN_UP_ROUTES } from './routes/sign-up.ts'
import { SignInTries } from './sign-in-tries.ts'

/** People who sign in: the routes under which they do, and what the set-up page needs. */
export interface Identity {
  context: IdentityContext
  /** Throws 400 for one that the first administrator may not have. */
  requireFirstPassword: (password: string, email: string) => void
  /** Gives somebody who was just made their password, and a session. Returns its cookies. */
  signUp: (userId: string, password: string, call: Omit<IdentityCall, 'input'>) => Promise<string[]>
}

export const IDENTITY_ROUTES: readonly IdentityRoute[] = [
  ...SIGN_IN_ROUTES,
  ...SESSION_ROUTES,
  ...PASSWORD_ROUTES,
  ...EMAIL_CHANGE_ROUTES,
  ...SECOND_FACTOR_ROUTES,
  ...INVITATION_ROUTES,
  ...OIDC_ROUTES,
  ...PASSKEY_ROUTES,
  ...SIGN_UP_ROUTES,
  ...MCP_CLIENT_ROUTES,
]

export function createIdentity(parts: IdentityParts): Identity {
  const { db, keys, publicUrl } = parts
  let auth: Promise<Auth> | undefined
  const loadAuth = () => {
    auth ??= import('./auth.ts').then(({ createAuth }) => createAuth({ db, keys, publicUrl }))
    return auth
  }
  const loadAuthIn: IdentityContext['loadAuthIn'] = async (tx, options = {}) => {
    const { createAuth } = await import('./auth.ts')
    return createAuth({ db: tx, keys, publicUrl, ...options })
  }
  const context: IdentityContext = { ...parts, loadAuth, loadAuthIn, tries: new SignInTries(db) }
  return {
    context,
    requireFirstPassword: (password, email) => requireGoodPassword(password, { email, hasSecondFactor: false }),
    signUp: async (userId, password, call) => {
      await setFirstPassword(context, { id: userId, sessionId: null }, { password, origin: call.origin })
      return await startSession(context, call, { userId, organizationId: null })
    },
  }
}
