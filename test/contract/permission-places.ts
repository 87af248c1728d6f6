import { WORKSPACE_ROLES } from '../../src/contract/common/permissions.ts'

/** Where a thing may lie, seen from an actor: `own` is in their workspace and made by them, `colleague` made by another. */
export const PLACES = ['own', 'colleague', 'sibling workspace', 'other organization', 'deleted', 'unknown'] as const
export type Place = (typeof PLACES)[number]
/** A name in the path that nothing can have: like an unknown one. */
export const MALFORMED = 'Nothing can be called so!'

/** People of the organization, of whom things may be. The roles of workspaces are had in one workspace only. */
export const PEOPLE = [
  'org admin',
  ...WORKSPACE_ROLES,
  'auditor',
  'member with a custom role',
  'project lead',
  'member elsewhere',
  'demoted admin',
  'removed member',
] as const
export type Person = (typeof PEOPLE)[number]
