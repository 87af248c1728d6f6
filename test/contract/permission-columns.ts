import type { Person } from './permission-places.ts'
import type { Needed, RoleName } from './permission-rows.ts'

/*
 * Everybody who may call, and what they hold. A column says what it is made of; what follows from that for an operation and a
 * place is worked out in `permission-expectation.ts`.
 */

/** What somebody holds in a workspace: what a role gives, or some permissions over everything in it. */
export type Holding = RoleName | readonly Needed[]

export interface Column {
  /** How it calls: only bearers have MCP as well. */
  by: 'nothing' | 'session' | 'key' | 'management key' | 'scim token'
  /** Whose things are its own. */
  person?: Person
  /** Over the whole organization. */
  everywhere?: 'all' | 'all but inference'
  /** In the workspace that has things in it, and in Default. */
  team?: Holding
  inDefault?: Holding
  /** It is in the organization, and may what everybody in it may. */
  isMember?: true
  /** At most these. */
  only?: readonly Needed[]
  /** Of what it reaches, what is its person's. */
  isOwnOnly?: true
  /** A key of a workspace: generations made there are its affair. */
  isOfTeam?: true
  /** A key that calls models may with its workspace's presets what this role may. */
  presets?: RoleName
  isOfOtherOrganization?: true
  /** What it gets wherever a credential counts. */
  refused?: 401 | 403
}

const MEMBER = { inDefault: 'developer', isMember: true } as const
const SCOPES = [
  'workspace:read',
  'workspace:update',
  'member:read',
  'key:read',
  'key:update',
  'key:delete',
  'guardrail:read',
  'project:read',
  'project:write',
  'budget:read',
  'budget:write',
  'log:read',
  'audit:read',
] as const satisfies readonly Needed[]
const READ_ONLY = [
  'workspace:read',
  'model:read',
  'provider:read',
  'analytics:read',
  'activity:read',
  'log:read',
  'budget:read',
  'project:read',
  'credit:read',
] as const satisfies readonly Needed[]
const TEAM = ['inference', 'analytics:read', 'activity:read'] as const satisfies readonly Needed[]
/** Of the management key with a part of its work. */
export const PART_OF_MANAGEMENT = ['workspace:read', 'key:read', 'key:update', 'credit:read'] as const
/** Of the custom role that isn't the auditor's: all that a viewer has, so that it may take a viewer's role away. */
export const CUSTOM_ROLE = [
  'workspace:read',
  'member:read',
  'member:write',
  'key:read',
  'model:read',
  'provider:read',
  'budget:read',
  'project:read',
  'analytics:read',
  'activity:read',
  'log:read',
  'alert:read',
] as const satisfies readonly Needed[]
export const SCOPED_KEY: readonly Needed[] = SCOPES

const inferring = (role: RoleName, person?: Person): Column => ({
  by: 'key',
  ...(person === undefined ? {} : { person }),
  team: ['inference'],
  isOfTeam: true,
  presets: role,
})

export const COLUMNS = {
  nobody: { by: 'nothing', refused: 401 },
  'org admin': { by: 'session', person: 'org admin', everywhere: 'all' },
  admin: { by: 'session', person: 'admin', team: 'admin', ...MEMBER },
  developer: { by: 'session', person: 'developer', team: 'developer', ...MEMBER },
  viewer: { by: 'session', person: 'viewer', team: 'viewer', ...MEMBER },
  billing_manager: { by: 'session', person: 'billing_manager', team: 'billing_manager', ...MEMBER },
  auditor: { by: 'session', person: 'auditor', team: ['audit:read'], ...MEMBER },
  'member with a custom role': {
    by: 'session',
    person: 'member with a custom role',
    team: CUSTOM_ROLE,
    ...MEMBER,
  },
  'project lead': { by: 'session', person: 'project lead', team: 'developer', ...MEMBER },
  'member elsewhere': { by: 'session', person: 'member elsewhere', ...MEMBER },
  'demoted admin': { by: 'session', person: 'demoted admin', team: 'developer', ...MEMBER },
  'removed member': { by: 'session', refused: 401 },
  'expired session': { by: 'session', refused: 401 },
  'session with another signature': { by: 'session', refused: 401 },
  'org admin of the other organization': { by: 'session', everywhere: 'all', isOfOtherOrganization: true },

  'management key': { by: 'management key', everywhere: 'all but inference' },
  "org admin's management key": { by: 'management key', everywhere: 'all but inference' },
  // It is nobody, so that what its creator may with their own is nothing to it.
  "demoted admin's management key": { by: 'management key', team: 'developer', ...MEMBER },
  'management key with a part of its work': {
    by: 'management key',
    everywhere: 'all but inference',
    only: PART_OF_MANAGEMENT,
  },
  'management key of the other organization': {
    by: 'management key',
    everywhere: 'all but inference',
    isOfOtherOrganization: true,
  },

  'full access key': { by: 'key', everywhere: 'all' },
  "org admin's full access key": { by: 'key', person: 'org admin', everywhere: 'all' },
  "demoted admin's full access key": { by: 'key', person: 'demoted admin', team: 'developer', ...MEMBER },
  'inference key': inferring('admin'),
  "developer's inference key": inferring('developer', 'developer'),
  "viewer's inference key": inferring('viewer', 'viewer'),
  'ephemeral key': inferring('developer', 'developer'),
  "admin's team key": { ...inferring('admin', 'admin'), team: 'admin', only: TEAM, isOwnOnly: true },
  "developer's team key": { ...inferring('developer', 'developer'), team: 'developer', only: TEAM, isOwnOnly: true },
  'read-only key': { by: 'key', team: READ_ONLY, isOfTeam: true },
  "developer's read-only key": {
    by: 'key',
    person: 'developer',
    team: 'developer',
    only: READ_ONLY,
    isOfTeam: true,
  },
  'scoped key': { by: 'key', team: SCOPES, isOfTeam: true },
  "developer's scoped key": { by: 'key', person: 'developer', team: 'developer', only: SCOPES, isOfTeam: true },
  "viewer's scoped key": { by: 'key', person: 'viewer', team: 'viewer', only: SCOPES, isOfTeam: true },

  'unknown key': { by: 'key', refused: 401 },
  'deleted key': { by: 'management key', refused: 401 },
  'disabled management key': { by: 'management key', refused: 401 },
  'expired management key': { by: 'management key', refused: 401 },
  "removed member's scoped key": { by: 'key', refused: 401 },
  'management key from a forbidden address': { by: 'management key', refused: 403 },
  'SCIM token': { by: 'scim token', everywhere: 'all', only: ['scim:read', 'scim:write'] },
  'deleted SCIM token': { by: 'scim token', refused: 401 },
} as const satisfies Readonly<Record<string, Column>>

export type ColumnName = keyof typeof COLUMNS
export const columns = Object.entries(COLUMNS) as [ColumnName, Column][]
