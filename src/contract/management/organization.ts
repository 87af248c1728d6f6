import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { operation } from '../operation.ts'

export const OrganizationMemberWire = z.object({
  id: z.string(),
  email: z.string(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  role: z.enum(['org:admin', 'org:member']),
})
export type OrganizationMemberWire = z.output<typeof OrganizationMemberWire>

export const listOrganizationMembers = operation({
  id: 'listOrganizationMembers',
  method: 'GET',
  path: '/api/v1/organization/members',
  summary: 'List organization members',
  tag: 'Organization',
  permission: 'organization:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(OrganizationMemberWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

export const getCredits = operation({
  id: 'getCredits',
  method: 'GET',
  path: '/api/v1/credits',
  summary: 'Get remaining credits',
  tag: 'Credits',
  permission: 'credit:read',
  effect: 'read',
  input: z.strictObject({}),
  output: z.object({ data: z.object({ total_credits: z.number(), total_usage: z.number() }) }),
  errors: ['unauthorized', 'forbidden'],
})
