import { CREDIT_OPERATIONS } from '../../src/contract/management/credits.ts'
import { bulkAddWorkspaceMembers } from '../../src/contract/management/workspaces.ts'
import { crowd, newWorkspace, signInAnew } from './fixtures.ts'
import { call, gateway } from './request.ts'

const { createCreditGrant, createCreditTransfer, listCreditTransfers } = CREDIT_OPERATIONS

/** A workspace with a pool of its own that somebody put `usd` into. */
export async function newPool(usd: number): Promise<{ id: string }> {
  const { id } = await newWorkspace({ credit_pool: 'dedicated' })
  if (usd > 0) {
    // More than that, because workspaces of other tests may reserve some of the shared balance.
    await call(createCreditGrant, { amount_usd: usd + 100 })
    await call(createCreditTransfer, { id, direction: 'to_workspace', amount_usd: usd })
  }
  return { id }
}

/** A Viewer of a new workspace who may see and move the credits of another, so that only the place is against them. */
export async function newViewer(): Promise<{ cookie: string; workspaceId: string }> {
  const [{ id: workspaceId }, { id: elsewhere }] = [await newWorkspace(), await newWorkspace()]
  const [person] = crowd(1)
  if (person === undefined) throw new Error('the crowd is empty')
  const user_ids = [person.userId]
  await call(bulkAddWorkspaceMembers, { id: workspaceId, user_ids, workspace_role: 'viewer' })
  await call(bulkAddWorkspaceMembers, { id: elsewhere, user_ids, workspace_role: 'billing_manager' })
  return { cookie: await signInAnew(person), workspaceId }
}

export async function poolBalance(id: string): Promise<number> {
  return (await call(listCreditTransfers, { id })).balance_usd
}

/** What somebody with a session sends along. */
export function as(person: { cookie: string }, body?: object) {
  const headers = { origin: gateway.url }
  return { cookie: person.cookie, key: null, headers, ...(body === undefined ? {} : { body }) }
}
