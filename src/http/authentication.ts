import type { Actor } from '../domain/actor.ts'
import { authenticateActor, type Gate } from '../gateway/stages/authenticate.ts'
import { findDirectoryActor } from '../identity/directory-actor.ts'
import { findSessionActor, type SessionParts } from '../identity/session-actor.ts'
import type { HttpParts } from './http-parts.ts'

/** A key, where one is sent, counts before a session. `requireActorRate` throws for a key that sends too much. */
export function authenticationBy(
  gate: Gate,
  sessions: SessionParts,
  requireActorRate: (actor: Actor) => Promise<void>,
): Pick<HttpParts, 'authenticate' | 'authenticateDirectory'> {
  return {
    authenticate: async ({ method, headers, ip }) => {
      const actor = await authenticateActor({ authorization: headers.authorization, ip }, gate, sessions.clock.now())
      if (actor.kind !== 'anonymous') {
        await requireActorRate(actor)
        return actor
      }
      return (await findSessionActor(sessions, { method, headers })) ?? actor
    },
    authenticateDirectory: (authorization) => findDirectoryActor(sessions.db, authorization),
  }
}
