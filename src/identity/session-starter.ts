import { createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import type { BetterAuthPlugin } from 'better-auth/types'
import { z } from 'zod'

const Body = z.object({
  userId: z.string(),
  organizationId: z.string().nullable(),
  isRemembered: z.boolean(),
  /** When they last proved who they are; null for now. */
  provenAt: z.date().nullable(),
})

/** Signs somebody in whom we know by other means than a password: a passkey, an identity provider, a token by mail. No route
 *  leads here. */
export function sessionStarter() {
  return {
    id: 'switchyard-session-starter',
    endpoints: {
      startSession: createAuthEndpoint.serverOnly({ method: 'POST', body: Body }, async (context) => {
        const { userId, organizationId, isRemembered, provenAt } = context.body
        const { internalAdapter } = context.context
        const user = await internalAdapter.findUserById(userId)
        if (user === null) throw new Error('there is no such user')
        const choice = { activeOrganizationId: organizationId, ...(provenAt !== null && { createdAt: provenAt }) }
        const session = await internalAdapter.createSession(userId, !isRemembered, choice, true)
        await setSessionCookie(context, { session, user }, !isRemembered)
        return { sessionId: session.id }
      }),
    },
  } satisfies BetterAuthPlugin
}
