import type { WorkspacePermission } from '../../../../src/contract/common/permissions.ts'

/** What each permission lets somebody do, in plain words, by what it is about. */
export const PERMISSION_GROUPS: readonly {
  title: string
  words: Readonly<Partial<Record<WorkspacePermission, string>>>
}[] = [
  {
    title: 'Workspace',
    words: {
      'workspace:read': 'See the workspace',
      'workspace:update': 'Change its settings',
      'workspace:delete': 'Delete it',
    },
  },
  {
    title: 'Members',
    words: {
      'member:read': 'See its members',
      'member:write': 'Add and remove members, and change roles',
      'invitation:read': 'See invitations',
      'invitation:write': 'Invite people',
    },
  },
  {
    title: 'Keys',
    words: {
      'key:read': 'See keys',
      'key:create': 'Make keys',
      'key:create-system': 'Make keys that belong to the workspace',
      'key:update': 'Change and disable keys',
      'key:rotate': 'Rotate keys',
      'key:delete': 'Delete keys',
    },
  },
  {
    title: 'Models',
    words: {
      inference: 'Call models',
      'model:read': 'See models and prices',
      'provider:read': 'See providers',
      'preset:read': 'See presets',
      'preset:write': 'Make and change presets',
      'byok:read': 'See credentials at providers',
      'byok:write': 'Add and change credentials at providers',
    },
  },
  {
    title: 'Guardrails',
    words: {
      'guardrail:read': 'See guardrails',
      'guardrail:write': 'Make and change guardrails',
      'assignment:read': 'See to whom guardrails apply',
      'assignment:write': 'Apply guardrails to keys and members',
    },
  },
  {
    title: 'Usage',
    words: {
      'analytics:read': 'See charts of usage and costs',
      'activity:read': 'See daily activity',
      'log:read': 'See the log of requests',
      'io-log:read': 'Read prompts and answers that are kept',
      'destination:read': 'See where traces are sent',
      'destination:write': 'Choose where traces are sent',
      'audit:read': 'Read the audit log',
      'audit:export': 'Export the audit log',
      'alert:read': 'See alerts',
      'alert:write': 'Change alert rules and channels',
    },
  },
  {
    title: 'Money',
    words: {
      'budget:read': 'See budgets',
      'budget:write': 'Change budgets',
      'project:read': 'See projects',
      'project:write': 'Make and change projects',
      'credit:read': 'See credits',
      'credit:purchase': 'Buy credits',
      'credit:transfer': 'Move credits between pools',
      'invoice:read': 'See invoices',
      'payment-method:write': 'Change payment methods',
    },
  },
]

export function permissionWords(permission: string): string {
  const group = PERMISSION_GROUPS.find(({ words }) => Object.hasOwn(words, permission))
  return group?.words[permission as WorkspacePermission] ?? permission
}
