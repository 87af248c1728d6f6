import type { getCredits, listOrganizationMembers } from '../../contract/management/organization.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { toUsd } from '../../domain/money.ts'
import { listOrganizationMemberRows } from '../../store/queries/members.ts'
import { loadOrganizationMoney } from '../../store/queries/organization-money.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { organizationMemberToWire } from '../members/change-organization-member.ts'
import { toPage } from '../page.ts'

export const handleListOrganizationMembers: HandlerOf<typeof listOrganizationMembers, ControlContext> = async (
  input,
  context,
) => {
  requireInOrganization(context, 'organization:read')
  const { rows, total } = await listOrganizationMemberRows(context.tx, organizationOf(context), toPage(input))
  return { data: rows.map(organizationMemberToWire), total_count: total }
}

export const handleGetCredits: HandlerOf<typeof getCredits, ControlContext> = async (_input, context) => {
  requireInOrganization(context, 'credit:read')
  const { credits, settled } = await loadOrganizationMoney(context.tx, organizationOf(context))
  return { data: { total_credits: toUsd(credits), total_usage: toUsd(settled) } }
}
