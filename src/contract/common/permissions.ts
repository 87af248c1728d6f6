/*
 * Who may do what, once. An operation names the permission it needs; roles, key types and the organization's own roles are
 * sets of permissions, each with a scope: `own` is what the member created or is, `ws` everything in the workspace. Checks,
 * documentation, MCP and what the dashboard shows derive from these tables.
 */

export const WORKSPACE_ROLES = ['admin', 'developer', 'viewer', 'billing_manager'] as const
export type WorkspaceRole = (typeof WORKSPACE_ROLES)[number]
export const ORGANIZATION_ROLES = ['org:admin', 'org:member'] as const
export type OrganizationRole = (typeof ORGANIZATION_ROLES)[number]

/** How far a grant reaches inside a workspace; `-` is not at all. */
export type Reach = 'ws' | 'own' | '-'

/** Columns: Admin, Developer, Viewer, Billing Manager. */
const row = (admin: Reach, developer: Reach, viewer: Reach, billing_manager: Reach) => ({
  admin,
  developer,
  viewer,
  billing_manager,
})

/** What membership in a workspace gives. */
export const WORKSPACE_PERMISSIONS = {
  'workspace:read': row('ws', 'ws', 'ws', 'ws'),
  'workspace:update': row('ws', '-', '-', '-'),
  'workspace:delete': row('ws', '-', '-', '-'),
  'member:read': row('ws', 'ws', 'ws', 'ws'),
  'member:write': row('ws', '-', '-', '-'),
  'invitation:read': row('ws', '-', '-', '-'),
  'invitation:write': row('ws', '-', '-', '-'),
  'key:read': row('ws', 'own', '-', '-'),
  'key:create': row('ws', 'own', '-', '-'),
  'key:update': row('ws', 'own', '-', '-'),
  'key:rotate': row('ws', 'own', '-', '-'),
  'key:delete': row('ws', 'own', '-', '-'),
  'key:create-system': row('ws', '-', '-', '-'),
  inference: row('ws', 'own', '-', '-'),
  'model:read': row('ws', 'ws', 'ws', '-'),
  'provider:read': row('ws', 'ws', 'ws', '-'),
  'guardrail:read': row('ws', 'own', '-', '-'),
  'guardrail:write': row('ws', '-', '-', '-'),
  'assignment:read': row('ws', '-', '-', '-'),
  'assignment:write': row('ws', '-', '-', '-'),
  'byok:read': row('ws', '-', '-', '-'),
  'byok:write': row('ws', '-', '-', '-'),
  'preset:read': row('ws', 'ws', '-', '-'),
  'preset:write': row('ws', 'own', '-', '-'),
  'destination:read': row('ws', '-', '-', '-'),
  'destination:write': row('ws', '-', '-', '-'),
  'io-log:read': row('ws', '-', '-', '-'),
  'budget:read': row('ws', 'ws', 'ws', 'ws'),
  'budget:write': row('ws', 'own', '-', '-'),
  'project:read': row('ws', 'ws', 'ws', 'ws'),
  'project:write': row('ws', 'own', '-', '-'),
  'analytics:read': row('ws', 'own', 'ws', 'ws'),
  'activity:read': row('ws', 'own', 'ws', 'ws'),
  'log:read': row('ws', 'own', 'ws', 'ws'),
  'audit:read': row('ws', '-', '-', '-'),
  'audit:export': row('ws', '-', '-', '-'),
  'credit:read': row('ws', '-', '-', 'ws'),
  'credit:purchase': row('ws', '-', '-', 'ws'),
  'credit:transfer': row('ws', '-', '-', 'ws'),
  'invoice:read': row('ws', '-', '-', 'ws'),
  'payment-method:write': row('ws', '-', '-', 'ws'),
  'alert:read': row('ws', 'own', 'ws', 'ws'),
  'alert:write': row('ws', 'own', '-', 'ws'),
} as const

/** What belongs to the whole organization: for its admins and for management keys. */
export const ORGANIZATION_PERMISSIONS = [
  'workspace:create',
  'organization:read',
  'organization:update',
  'organization-member:write',
  'management-key:read',
  'management-key:write',
  'credit:grant',
  'role-template:read',
  'role-template:write',
  'custom-role:read',
  'custom-role:write',
  'custom-provider:read',
  'custom-provider:write',
  'scim:read',
  'scim:write',
  'sso:write',
  'audit:verify',
] as const

/** What everybody in the organization may, whatever their memberships. */
export const MEMBER_PERMISSIONS = ['organization:read'] as const satisfies readonly Permission[]

export type WorkspacePermission = keyof typeof WORKSPACE_PERMISSIONS
export type Permission = WorkspacePermission | (typeof ORGANIZATION_PERMISSIONS)[number]

const workspacePermissions = Object.keys(WORKSPACE_PERMISSIONS) as WorkspacePermission[]
export const PERMISSIONS: readonly Permission[] = [...workspacePermissions, ...ORGANIZATION_PERMISSIONS]

export type CappedRole = Extract<WorkspaceRole, 'admin' | 'billing_manager'>
/** At most so many members of a workspace with the role; administrators of the organization never count. */
export type RoleCaps = Readonly<Record<CappedRole, number>>
export const ROLE_CAPS_DEFAULT: RoleCaps = { admin: 5, billing_manager: 3 }

export const KEY_TYPES = ['standard', 'scoped', 'team', 'read_only', 'ephemeral', 'management'] as const
export type KeyType = (typeof KEY_TYPES)[number]

/** What a key of each type may unless it says otherwise; never more than whoever made it may now. `*` is everything. */
export const KEY_TYPE_PERMISSIONS = {
  standard: ['inference'],
  scoped: ['inference'],
  team: ['inference', 'analytics:read', 'activity:read'],
  read_only: [
    'analytics:read',
    'activity:read',
    'log:read',
    'budget:read',
    'project:read',
    'credit:read',
    'workspace:read',
    'model:read',
    'provider:read',
  ],
  ephemeral: ['inference'],
  management: ['*'],
} as const satisfies Record<KeyType, readonly (Permission | '*')[]>

/** What a key can be given in one word: every permission in its workspace about these things. */
const PERMISSION_GROUPS = {
  billing: ['credit', 'invoice', 'payment-method'],
  members: ['member', 'invitation'],
  keys: ['key'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** The permissions by their own names, each once. What is neither a group nor a permission stays as it is. */
export function expandPermissions(names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => (isGroup(name) ? permissionsOfGroup(name) : [name])))]
}

function permissionsOfGroup(group: keyof typeof PERMISSION_GROUPS): WorkspacePermission[] {
  const things: readonly string[] = PERMISSION_GROUPS[group]
  return workspacePermissions.filter((permission) => things.includes(permission.split(':')[0] ?? ''))
}

function isGroup(name: string): name is keyof typeof PERMISSION_GROUPS {
  return Object.hasOwn(PERMISSION_GROUPS, name)
}
