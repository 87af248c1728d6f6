import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { NameRef } from '../common/path-names.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

/** What has a limit that processes lease money of. `organization_member`: a member in all workspaces together. */
export const LEASE_SCOPES = [
  'organization_pool',
  'workspace_pool',
  'workspace',
  'project',
  'member',
  'organization_member',
  'key',
] as const

/** Money of one limit that a process had taken and of which nobody can tell how much it spent. */
export const LeaseWire = z.object({
  id: z.string(),
  state: z.enum(['unconfirmed', 'released']),
  scope: z.enum(LEASE_SCOPES),
  /** Id of the organization, workspace, project or user; the hash of a key. */
  scope_id: z.string(),
  /** null for somebody without a name. */
  scope_name: z.string().nullable(),
  /** null where the limit is none of a workspace. */
  workspace_id: Uuid.nullable(),
  /** Which spend the limit counts here: with credits, or on provider keys of one's own. */
  kind: z.enum(['credit', 'byok']),
  interval: z.enum(['daily', 'weekly', 'monthly', 'lifetime']),
  /** The first day of the window, in UTC; null for a lifetime. */
  window_start: z.string().nullable(),
  granted_usd: z.number(),
  /** What requests are known to have spent of it. */
  charged_usd: z.number(),
  /** What counts as spent though nobody knows. */
  held_usd: z.number(),
  /** The process that had it, and lost it. */
  replica: z.string(),
  /** Since when it is in this state. */
  since: Timestamp,
})
export type LeaseWire = z.output<typeof LeaseWire>

const common = { tag: 'Leases' } as const

const listUnconfirmedLeases = operation({
  id: 'listUnconfirmedLeases',
  method: 'GET',
  path: '/api/v1/leases',
  summary: 'List the money of lost processes that counts as spent until somebody decides, newest first',
  ...common,
  permission: 'credit:read',
  effect: 'read',
  input: z.strictObject({
    replica: z.string().min(1).max(200).optional().describe('Only what this process had'),
    ...PageQuery,
  }),
  output: pageOf(LeaseWire).extend({
    /** Over all pages. What is kept from pools of credits counts here, and in the limits of keys, budgets and members again. */
    held_usd: z.object({ pools: z.number(), limits: z.number() }),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const releaseLease = operation({
  id: 'releaseLease',
  method: 'POST',
  path: '/api/v1/leases/{id}/release',
  summary: 'Give back what a lost process had left: it may be spent again',
  ...common,
  permission: 'credit:grant',
  effect: 'write',
  input: z.strictObject({ id: NameRef }),
  output: z.object({ data: LeaseWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const bulkReleaseLeases = operation({
  id: 'bulkReleaseLeases',
  method: 'POST',
  path: '/api/v1/leases/release',
  summary: 'Give back what lost processes had left under several limits, all or nothing',
  ...common,
  permission: 'credit:grant',
  effect: 'write',
  input: z.strictObject({ ids: z.array(z.string().min(1).max(200)).min(1).max(100) }),
  output: z.object({ released_count: z.number().int() }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

export const LEASE_OPERATIONS = { listUnconfirmedLeases, releaseLease, bulkReleaseLeases } as const
