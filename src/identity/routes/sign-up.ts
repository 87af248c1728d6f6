import { z } from 'zod'
import { ensureAlertRules } from '../../store/default-alert-rules.ts'
import { insertOrganization } from '../../store/new-organization.ts'
import { ensureUser, joinOrganization } from '../../store/queries/joining-members.ts'
import { countSignInMethods, findPersonByEmail, listSeats } from '../../store/queries/people.ts'
import { findFirstOrganization } from '../../store/queries/set-up.ts'
import { startSession } from '../current-session.ts'
import {
  type IdentityAnswer,
  type IdentityContext,
  type IdentityRoute,
  identityRoute,
  refusal,
} from '../identity-context.ts'
import { sendToMember, sendToStranger, signUpAgainLetter, signUpLetter } from '../mail.ts'
import { issueToken, takeToken } from '../mail-tokens.ts'
import { requireGoodPassword, setFirstPassword } from '../passwords.ts'
import { Email, MailToken, Name, Password } from '../route-inputs.ts'
import { badToken } from './passwords.ts'

const LINK_MS = 86_400_000
const Wanted = z.object({ email: z.string() })

/** An address is proven before anything of it is kept. */
const signUp = identityRoute({
  method: 'POST',
  path: '/auth-api/sign-up',
  input: z.strictObject({ email: Email }),
  run: async (context, call) => {
    const { email } = call.input
    requireOpen(context, email)
    await context.tries.take({ name: `sign up ${email}`, ip: call.ip }, context.clock.now())
    // Nobody waits for it, so that nobody sees by the time it takes whether there is such a login.
    void sendLink(context, email).catch(context.onFailure)
    return { data: { status: 'sent' } }
  },
})

function requireOpen({ settings }: IdentityContext, email: string): void {
  const { signUp: mode, signUpDomains } = settings
  if (mode === 'closed') throw refusal('forbidden', 'closed', 'Nobody signs up here without an invitation')
  const domain = email.toLowerCase().split('@').at(-1) ?? ''
  if (mode === 'domain' && !signUpDomains.includes(domain))
    throw refusal('forbidden', 'domain', 'Nobody signs up here with an address of this domain')
}

async function sendLink(context: IdentityContext, email: string): Promise<void> {
  const { db, publicUrl } = context
  const person = await findPersonByEmail(db, email)
  if (person !== undefined && (await listSeats(db, person.id)).length > 0) {
    await sendToMember(context, person.id, signUpAgainLetter(person.email, `${publicUrl}/sign-in`))
    return
  }
  const token = await issueToken(context, 'sign-up', { email }, LINK_MS)
  await sendToStranger(context, signUpLetter(email, `${publicUrl}/sign-up/complete?token=${token}`))
}

const complete = identityRoute({
  method: 'POST',
  path: '/auth-api/sign-up/complete',
  input: z.strictObject({
    token: MailToken,
    password: Password,
    first_name: Name.nullish(),
    last_name: Name.nullish(),
    organization_name: Name.nullish(),
  }),
  run: async (context, call): Promise<IdentityAnswer> => {
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const { password, token, ...named } = call.input
    // The link may be used again with a better password; whose address it is, is found out with it.
    requireGoodPassword(password, { email: '', hasSecondFactor: false })
    const wanted = Wanted.safeParse(await takeToken(context, 'sign-up', token))
    if (!wanted.success) throw badToken()
    const { email } = wanted.data
    requireOpen(context, email)
    const person = await findPersonByEmail(context.db, email)
    // Of two links one counts: by the other, somebody is here already.
    if (person !== undefined && (await listSeats(context.db, person.id)).length > 0) throw badToken()
    const names = { firstName: named.first_name ?? null, lastName: named.last_name ?? null }
    const userId = await ensureUser(context.db, { email, ...names, now: context.clock.now() })
    const hasLogin = (await countSignInMethods(context.db, userId)) > 0
    const organizationId = await seat(context, userId, named.organization_name ?? email)
    if (!hasLogin) await setFirstPassword(context, { id: userId, sessionId: null }, { password, origin: call.origin })
    // Mail is no way around the password and the second factor that somebody has.
    if (hasLogin) return { data: { status: 'sign_in_needed' } }
    return { data: { status: 'signed_in' }, cookies: await startSession(context, call, { userId, organizationId }) }
  },
})

/** In an organization of their own, or in the installation's where addresses of the domain belong to it. */
async function seat(context: IdentityContext, userId: string, name: string): Promise<string> {
  const { clock, control, db, settings } = context
  const isOwn = settings.signUp === 'open'
  const organizationId = isOwn ? await foundOrganization(context, name) : await findFirstOrganization(db)
  if (organizationId === undefined) throw new Error('there is no organization')
  const role = isOwn ? 'org:admin' : 'org:member'
  await control.actAsSystem({
    action: 'signUp',
    organizationId,
    work: async (work) => {
      await joinOrganization(work.tx, { organizationId, userId, role, now: clock.now() })
      work.changed('organization', organizationId, organizationId)
      const after = { user_id: userId, role }
      work.audit({ resource: 'organization_member', id: userId, workspaceId: null, organizationId, userId, after })
    },
  })
  return organizationId
}

async function foundOrganization({ clock, db }: IdentityContext, name: string): Promise<string> {
  return await db.transaction().execute(async (tx) => {
    const now = clock.now()
    const id = await insertOrganization(tx, { name, now })
    await ensureAlertRules(tx, now)
    return id
  })
}

export const SIGN_UP_ROUTES: readonly IdentityRoute[] = [signUp, complete]
