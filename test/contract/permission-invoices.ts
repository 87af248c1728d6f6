import type { Operation } from '../../src/contract/operation.ts'
import { issueInvoices } from '../../src/store/issue-invoices.ts'
import type { Place } from './permission-places.ts'
import type { TwoOrganizations } from './two-organizations.ts'

/** Invoices of one line each: of the own workspace, of a sibling one, and of another organization. */
export async function invoices(world: TwoOrganizations, workspaceIds: Readonly<Record<Place, string>>) {
  const { kysely } = world.database
  const used = { model: 'a/b', usage_nano: 5n, requests: 1n, prompt_tokens: 1n, completion_tokens: 1n }
  const organization_id = world.ours.actor.organizationId
  const rows = [
    { organization_id, month: '2020-01-01', workspace_id: workspaceIds.own },
    { organization_id, month: '2020-02-01', workspace_id: workspaceIds['sibling workspace'] },
    {
      organization_id: world.theirs.actor.organizationId,
      month: '2020-01-01',
      workspace_id: workspaceIds['other organization'],
    },
  ]
  await kysely
    .insertInto('monthly_usage')
    .values(rows.map((row) => ({ ...row, ...used })))
    .execute()
  const now = Date.now()
  await issueInvoices(kysely, { now, settledAt: now })
  const issued = await kysely.selectFrom('invoice_line').select(['workspace_id', 'invoice_id']).execute()
  const idAt = (place: Place) => issued.find((line) => line.workspace_id === workspaceIds[place])?.invoice_id
  return {
    field: 'id',
    isNamedBy: ({ path }: Operation) => path.startsWith('/api/v1/credits/invoices/{id}'),
    ids: (place: Place) => (place === 'unknown' ? workspaceIds.unknown : idAt(place)),
  }
}
