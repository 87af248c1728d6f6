import { z } from 'zod'
import { hashInvitationToken, invitationStatus } from '../../control/invitations/invitation-wire.ts'
import { AppError } from '../../domain/app-error.ts'
import { findInvitationByToken, type InvitationRow } from '../../store/queries/invitations.ts'
import { getOrganizationName } from '../../store/queries/joining-members.ts'
import { countSignInMethods, findPersonByEmail } from '../../store/queries/people.ts'
import { findCurrentSession, startSession } from '../current-session.ts'
import {
  type IdentityAnswer,
  type IdentityCall,
  type IdentityContext,
  type IdentityRoute,
  identityRoute,
  refusal,
} from '../identity-context.ts'
import { requireGoodPassword, setFirstPassword } from '../passwords.ts'
import { MailToken, Name, Password } from '../route-inputs.ts'

const ANONYMOUS = { kind: 'anonymous' } as const

const Accepted = z.object({ data: z.object({ user_id: z.string(), organization_id: z.string() }) })

const look = identityRoute({
  method: 'POST',
  path: '/auth-api/invitations/look',
  input: z.strictObject({ token: MailToken }),
  run: async (context, call) => {
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const invitation = await findInvitationByToken(context.db, hashInvitationToken(call.input.token))
    if (invitation === undefined || invitationStatus(invitation, context.clock.now()) !== 'pending')
      throw new AppError('not_found', 'This invitation does not exist (any more)')
    const { email, organization_id: id, role } = invitation
    const organization = { id, name: await getOrganizationName(context.db, id) }
    return { data: { email, organization, role, needs: await needsOf(context, call, invitation) } }
  },
})

/** What its addressee must do to come in: choose a password, sign in with what they have, or nothing, being signed in. */
async function needsOf(
  context: IdentityContext,
  call: IdentityCall,
  { email }: Pick<InvitationRow, 'email'>,
): Promise<'password' | 'sign_in' | 'nothing'> {
  const person = await findPersonByEmail(context.db, email)
  if (person === undefined || (await countSignInMethods(context.db, person.id)) === 0) return 'password'
  const session = await findCurrentSession(context, call)
  return session?.kind === 'member' && session.userId === person.id ? 'nothing' : 'sign_in'
}

const accept = identityRoute({
  method: 'POST',
  path: '/auth-api/invitations/accept',
  input: z.strictObject({
    token: MailToken,
    password: Password.optional(),
    first_name: Name.nullish(),
    last_name: Name.nullish(),
  }),
  run: async (context, call): Promise<IdentityAnswer> => {
    const { password, ...input } = call.input
    const invitation = await findInvitationByToken(context.db, hashInvitationToken(input.token))
    const needs = invitation === undefined ? 'sign_in' : await needsOf(context, call, invitation)
    // Before the invitation is used up.
    if (needs === 'password' && invitation !== undefined) requirePassword(password, invitation.email)
    const output = await context.control.invoke('acceptInvitation', ANONYMOUS, input, call.origin)
    const { user_id: userId, organization_id: organizationId } = Accepted.parse(output).data
    if (needs === 'sign_in') return { data: { status: 'sign_in_needed' } }
    if (needs === 'password' && password !== undefined)
      await setFirstPassword(context, { id: userId, sessionId: null }, { password, origin: call.origin })
    return { data: { status: 'signed_in' }, cookies: await startSession(context, call, { userId, organizationId }) }
  },
})

function requirePassword(password: string | undefined, email: string): void {
  if (password === undefined) throw refusal('invalid_request', 'password', 'password: choose one to sign in with')
  requireGoodPassword(password, { email, hasSecondFactor: false })
}

export const INVITATION_ROUTES: readonly IdentityRoute[] = [look, accept]
