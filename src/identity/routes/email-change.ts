import { z } from 'zod'
import { changeEmailAddress, findPerson } from '../../store/queries/people.ts'
import { requireMember } from '../current-session.ts'
import { type IdentityRoute, identityRoute, refusal } from '../identity-context.ts'
import { emailChangeLetter, emailChangeNotice, sendToMember } from '../mail.ts'
import { issueToken, takeToken } from '../mail-tokens.ts'
import { requireOwner } from '../passwords.ts'
import { Email, MailToken, Password } from '../route-inputs.ts'
import { badToken } from './passwords.ts'

const LINK_MS = 3_600_000

const Wanted = z.object({ userId: z.string(), email: z.string(), before: z.string() })

/** Nothing changes before the new address is confirmed; the old one hears of it. */
const change = identityRoute({
  method: 'POST',
  path: '/auth-api/email/change',
  input: z.strictObject({ new_email: Email, password: Password.optional() }),
  run: async (context, call) => {
    const session = await requireMember(context, call)
    if (!context.settings.isMailOn) throw refusal('conflict', 'no_mail', 'This installation sends no mail')
    await requireOwner(context, session, call.input.password)
    const person = await findPerson(context.db, session.userId)
    if (person === undefined) throw badToken()
    const { new_email: email } = call.input
    const token = await issueToken(context, 'email-change', { userId: person.id, email, before: person.email }, LINK_MS)
    const link = `${context.publicUrl}/confirm-email?token=${token}`
    await sendToMember(context, person.id, emailChangeLetter(email, link))
    await sendToMember(context, person.id, emailChangeNotice(person.email, email))
    return { data: { status: 'sent' } }
  },
})

const confirm = identityRoute({
  method: 'POST',
  path: '/auth-api/email/confirm',
  input: z.strictObject({ token: MailToken }),
  run: async (context, call) => {
    await context.tries.take({ name: null, ip: call.ip }, context.clock.now())
    const wanted = Wanted.safeParse(await takeToken(context, 'email-change', call.input.token))
    if (!wanted.success) throw badToken()
    const { before, email, userId } = wanted.data
    const person = await findPerson(context.db, userId)
    // Of several links one counts: the address they were asked for from is gone then.
    if (person?.email !== before) throw badToken()
    await context.control.actOnPerson({
      action: 'changeEmail',
      userId,
      sessionId: null,
      origin: call.origin,
      work: async (tx) => {
        const isStill = (await findPerson(tx, userId))?.email === before
        if (!isStill || !(await changeEmailAddress(tx, userId, email, context.clock.now()))) throw badToken()
        return { before: { email: before }, after: { email } }
      },
    })
    return { data: { status: 'changed', email } }
  },
})

export const EMAIL_CHANGE_ROUTES: readonly IdentityRoute[] = [change, confirm]
