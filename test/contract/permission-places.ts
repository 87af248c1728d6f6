import { WORKSPACE_ROLES } from '../../src/contract/common/permissions.ts'

/** Where a thing may lie, seen from an actor: `own` is in their workspace and made by them, `colleague` made by another. */
export const PLACES = ['own', 'colleague', 'sibling workspace', 'other organization', 'deleted', 'unknown'] as const
export type Place = (typeof PLACES)[number]

/** Who asks. The roles of workspaces are had in one workspace only. */
export const ROLES = [
  'management key',
  'org admin',
  ...WORKSPACE_ROLES,
  'member elsewhere',
  'removed member',
  'inference key',
] as const
export type Role = (typeof ROLES)[number]
