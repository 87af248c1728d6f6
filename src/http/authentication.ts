import type { Actor } from '../domain/actor.ts'
import { authenticateActor } from '../gateway/stages/authenticate.ts'
import { pageHeaders } from '../gateway/stages/cross-origin.ts'
import type { Gate } from '../gateway/stages/gate.ts'
import { findDirectoryActor } from '../identity/directory-actor.ts'
import { findSessionActor, type SessionParts } from '../identity/session-actor.ts'
import type { HttpParts } from './http-parts.ts'

/** A key, where one is sent, counts before a session. `requireActorRate` throws for a key that sends too much. */
export function authenticationBy(
  gate: Gate,
  sessions: SessionParts,
  requireActorRate: (actor: Actor) => Promise<void>,
): Pick<HttpParts, 'authenticate' | 'authenticateDirectory' | 'pageHeaders'> {
  return {
    authenticate: async ({ method, headers, ip }) => {
      const actor = await authenticateActor({ headers, ip }, gate, sessions.clock.now())
      if (actor.kind !== 'anonymous') {
        await requireActorRate(actor)
        return actor
      }
      return (await findSessionActor(sessions, { method, headers, ip })) ?? actor
    },
    pageHeaders: (origin, workspaceId) => pageHeaders(origin, workspaceId, gate.snapshot),
    authenticateDirectory: (authorization) => findDirectoryActor(sessions.db, authorization),
  }
}
