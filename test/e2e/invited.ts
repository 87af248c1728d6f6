import { expect } from 'vitest'
import type { Visitor } from '../harness/visitor.ts'

export const MEMBER_PASSWORD = 'a long enough password'

/** Makes somebody a member with a password, whom `admin` invites and who is signed in with `visitor` from then on. */
export async function join(
  admin: Visitor,
  visitor: Visitor,
  invitation: { email: string; [field: string]: unknown },
): Promise<Visitor> {
  const { body } = await admin.post('/api/v1/organization/invitations', invitation)
  const token = new URL(body.data.link).searchParams.get('token')
  const accepted = await visitor.post('/auth-api/invitations/accept', { token, password: MEMBER_PASSWORD })
  expect(accepted.status).toBe(200)
  return visitor
}
