import { insertDelivery } from '../store/queries/outbox.ts'
import { listSeats } from '../store/queries/people.ts'
import { findFirstOrganization } from '../store/queries/set-up.ts'
import type { IdentityContext } from './identity-context.ts'

export interface Letter {
  to: string
  subject: string
  text: string
}

/** Puts a letter into the outbox of an organization: deliveries are sealed with its key. */
async function queueLetter(context: IdentityContext, organizationId: string, letter: Letter): Promise<void> {
  const { clock, db, onMail, sealer } = context
  const delivery = { organizationId, workspaceId: null, kind: 'mail', payload: { ...letter }, now: clock.now() }
  await db.transaction().execute((tx) => insertDelivery(tx, sealer, delivery))
  onMail()
}

/** To somebody who is in an organization; anybody else has nothing here that mail could be about. */
export async function sendToMember(context: IdentityContext, userId: string, letter: Letter): Promise<void> {
  const [seat] = await listSeats(context.db, userId)
  if (context.settings.isMailOn && seat !== undefined) await queueLetter(context, seat.id, letter)
}

/** To somebody who isn't anybody here yet, in the name of the installation. */
export async function sendToStranger(context: IdentityContext, letter: Letter): Promise<void> {
  const organizationId = await findFirstOrganization(context.db)
  if (context.settings.isMailOn && organizationId !== undefined) await queueLetter(context, organizationId, letter)
}

export function passwordResetLetter(to: string, link: string): Letter {
  return {
    to,
    subject: 'Choose another password',
    text: `Somebody, probably you, has asked to choose another password for ${to}.

Choose it here:
${link}

The link works once and for an hour. If it was not you, ignore this message: nothing has changed.
`,
  }
}

export function emailChangeLetter(to: string, link: string): Letter {
  return {
    to,
    subject: 'Confirm your new e-mail address',
    text: `Confirm here that you sign in with ${to} from now on:
${link}

The link works once and for an hour. If you did not ask for this, ignore this message: nothing has changed.
`,
  }
}

export function emailChangeNotice(to: string, newEmail: string): Letter {
  return {
    to,
    subject: 'Your e-mail address is about to change',
    text: `Somebody who is signed in as you has asked to sign in with ${newEmail} from now on. It changes when that address is
confirmed.

If it was not you, change your password, which ends all other sessions.
`,
  }
}

export function signUpLetter(to: string, link: string): Letter {
  return {
    to,
    subject: 'Finish signing up',
    text: `Finish signing up as ${to} here:
${link}

The link works once and for a day. If you did not ask for it, ignore this message.
`,
  }
}

export function signUpAgainLetter(to: string, link: string): Letter {
  return {
    to,
    subject: 'You have a login already',
    text: `Somebody, probably you, wanted to sign up as ${to}, who has a login already. Sign in here:
${link}
`,
  }
}
