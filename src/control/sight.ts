import type { Access } from '../domain/access.ts'
import type { Actor } from '../domain/actor.ts'
import { enterOrganization } from '../store/queries/row-security.ts'
import type { Tx } from '../store/schema.ts'
import type { ControlContext } from './context.ts'

/* Whose rows a transaction sees: those of the actor's workspaces, or of the whole organization. */

/** Whoever has a permission over the whole organization that isn't everybody's may see rows of every workspace. */
export function sightOf(actor: Actor, access: Access): 'all' | string[] {
  const isWide = actor.kind === 'management_key' || actor.kind === 'scim' || access.organization.has('workspace:read')
  return isWide ? 'all' : [...access.workspaces.keys()]
}

/** Nothing is put back after a failure: then the whole transaction is undone. */
export function seeingAllOf(tx: Tx, actor: Actor, access: Access): ControlContext['seeingAll'] {
  return async (work) => {
    if (actor.kind === 'anonymous') return await work()
    await enterOrganization(tx, actor.organizationId, 'all')
    await work()
    await enterOrganization(tx, actor.organizationId, sightOf(actor, access))
  }
}
