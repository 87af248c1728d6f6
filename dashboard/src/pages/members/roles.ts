import type { WorkspaceRole } from '../../../../src/contract/common/permissions.ts'

/** The four roles in plain words. */
export const ROLES: readonly { role: WorkspaceRole; title: string; text: string }[] = [
  { role: 'admin', title: 'Admin', text: 'Everything in the workspace: members, keys, guardrails, budgets, billing.' },
  { role: 'developer', title: 'Developer', text: 'Makes keys of their own, calls models, sees their own usage.' },
  { role: 'viewer', title: 'Viewer', text: 'Sees usage, logs and costs of the workspace. Calls no model.' },
  {
    role: 'billing_manager',
    title: 'Billing Manager',
    text: 'Sees costs, buys credits, keeps invoices and payment methods.',
  },
]

export function roleTitle(role: WorkspaceRole | null): string {
  return ROLES.find((known) => known.role === role)?.title ?? 'Custom role'
}

const ADDRESS = /[^\s,;<>"']+@[^\s,;<>"']+\.[^\s,;<>"']+/g

/** The addresses in a pasted text or CSV, each once, in their order. */
export function addressesIn(text: string): string[] {
  return [...new Set([...text.matchAll(ADDRESS)].map(([address]) => address.toLowerCase()))]
}
