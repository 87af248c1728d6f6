import { createHash } from 'node:crypto'

/** What providers get to tell end users of an organization apart by, instead of the caller's name for one. */
export function hashUser(organizationId: string, user: string): string {
  return createHash('sha256').update(organizationId).update('\0').update(user).digest('hex').slice(0, 32)
}
