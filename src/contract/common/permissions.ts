/** What an operation may require. Roles and key types are sets of these. */
export const PERMISSIONS = [
  'workspace:read',
  'workspace:create',
  'workspace:update',
  'workspace:delete',
  'member:read',
  'member:write',
  'key:read',
  'key:create',
  'key:update',
  'key:delete',
  'management-key:write',
  'organization:read',
  'credit:read',
  'activity:read',
] as const

export type Permission = (typeof PERMISSIONS)[number]
