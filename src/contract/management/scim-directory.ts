import { z } from 'zod'
import { UuidRef } from '../common/path-names.ts'
import { operation } from '../operation.ts'

/*
 * SCIM 2.0 (RFC 7643, 7644), spoken by directory services at /scim/v2. What a directory sends beyond what is read here is
 * passed over, as the protocol allows.
 */

export const SCIM_PAGE_SIZE_MAX = 200
const OPERATIONS_MAX = 1_000
const MEMBERS_MAX = 10_000

const Text = z.string().max(500)
const Truth = z.union([z.boolean(), z.string().regex(/^(true|false)$/i)])

export const ScimUserBody = z.object({
  userName: z.string().min(1).max(320),
  externalId: Text.nullish(),
  name: z.object({ givenName: Text.nullish(), familyName: Text.nullish() }).nullish(),
  displayName: Text.nullish(),
  emails: z
    .array(z.object({ value: z.string().max(320), primary: Truth.nullish() }))
    .max(20)
    .nullish(),
  active: Truth.nullish(),
})
export type ScimUserBody = z.output<typeof ScimUserBody>

export const ScimGroupBody = z.object({
  displayName: z.string().min(1).max(256),
  externalId: Text.nullish(),
  members: z
    .array(z.object({ value: UuidRef }))
    .max(MEMBERS_MAX)
    .nullish(),
})
export type ScimGroupBody = z.output<typeof ScimGroupBody>

const ScimOperations = z
  .array(
    z.object({
      op: z.string().regex(/^(add|remove|replace)$/i, 'must be add, remove or replace'),
      path: z.string().max(500).nullish(),
      value: z.unknown().optional(),
    }),
  )
  .min(1)
  .max(OPERATIONS_MAX)
export type ScimOperation = z.output<typeof ScimOperations>[number]

const Reference = z.object({ value: z.string(), display: z.string() })
const Meta = z.object({ resourceType: z.enum(['User', 'Group']), created: z.string(), lastModified: z.string() })

export const ScimUserResource = z.object({
  schemas: z.array(z.string()),
  id: z.string(),
  externalId: z.string().optional(),
  userName: z.string(),
  name: z.object({
    givenName: z.string().optional(),
    familyName: z.string().optional(),
    formatted: z.string().optional(),
  }),
  displayName: z.string().optional(),
  emails: z.array(z.object({ value: z.string(), type: z.literal('work'), primary: z.literal(true) })),
  active: z.boolean(),
  groups: z.array(Reference),
  meta: Meta,
})
export type ScimUserResource = z.output<typeof ScimUserResource>

export const ScimGroupResource = z.object({
  schemas: z.array(z.string()),
  id: z.string(),
  externalId: z.string().optional(),
  displayName: z.string(),
  members: z.array(Reference).optional(),
  meta: Meta,
})
export type ScimGroupResource = z.output<typeof ScimGroupResource>

const listOf = <Resource extends z.ZodType>(resource: Resource) =>
  z.object({
    schemas: z.array(z.string()),
    totalResults: z.number().int(),
    startIndex: z.number().int(),
    itemsPerPage: z.number().int(),
    Resources: z.array(resource),
  })

const ListQuery = {
  filter: z.string().max(500).optional(),
  startIndex: z.int().max(1_000_000_000).optional(),
  count: z.int().max(1_000_000_000).optional(),
  attributes: Text.optional(),
  excludedAttributes: Text.optional(),
}

const tag = 'SCIM 2.0'
const protocol = 'scim' as const
const reading = ['invalid_request', 'unauthorized', 'forbidden'] as const
const changing = ['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict'] as const
const one = ['unauthorized', 'forbidden', 'not_found'] as const
const USERS = '/scim/v2/Users'
const GROUPS = '/scim/v2/Groups'

const listDirectoryUsers = operation({
  id: 'listDirectoryUsers',
  ...{ method: 'GET', path: USERS, summary: 'List users', tag, protocol },
  ...{ permission: 'scim:read', effect: 'read' },
  input: z.strictObject(ListQuery),
  output: listOf(ScimUserResource),
  errors: reading,
})

const createDirectoryUser = operation({
  id: 'createDirectoryUser',
  ...{ method: 'POST', path: USERS, summary: 'Create a user', tag, protocol, status: 201 },
  ...{ permission: 'scim:write', effect: 'write' },
  input: z.strictObject({ user: ScimUserBody }),
  output: ScimUserResource,
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'conflict'],
})

const getDirectoryUser = operation({
  id: 'getDirectoryUser',
  ...{ method: 'GET', path: `${USERS}/{id}`, summary: 'Get a user', tag, protocol },
  ...{ permission: 'scim:read', effect: 'read' },
  input: z.strictObject({ id: UuidRef }),
  output: ScimUserResource,
  errors: one,
})

const replaceDirectoryUser = operation({
  id: 'replaceDirectoryUser',
  ...{ method: 'PUT', path: `${USERS}/{id}`, summary: 'Replace a user', tag, protocol },
  ...{ permission: 'scim:write', effect: 'write' },
  input: z.strictObject({ id: UuidRef, user: ScimUserBody }),
  output: ScimUserResource,
  errors: changing,
})

const patchDirectoryUser = operation({
  id: 'patchDirectoryUser',
  ...{ method: 'PATCH', path: `${USERS}/{id}`, summary: 'Change a user', tag, protocol },
  ...{ permission: 'scim:write', effect: 'write' },
  input: z.strictObject({ id: UuidRef, operations: ScimOperations }),
  output: ScimUserResource,
  errors: changing,
})

const deleteDirectoryUser = operation({
  id: 'deleteDirectoryUser',
  ...{ method: 'DELETE', path: `${USERS}/{id}`, summary: 'Delete a user', tag, protocol },
  ...{ permission: 'scim:write', effect: 'destructive' },
  input: z.strictObject({ id: UuidRef }),
  output: z.object({}),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const listDirectoryGroups = operation({
  id: 'listDirectoryGroups',
  ...{ method: 'GET', path: GROUPS, summary: 'List groups', tag, protocol },
  ...{ permission: 'scim:read', effect: 'read' },
  input: z.strictObject(ListQuery),
  output: listOf(ScimGroupResource),
  errors: reading,
})

const createDirectoryGroup = operation({
  id: 'createDirectoryGroup',
  ...{ method: 'POST', path: GROUPS, summary: 'Create a group', tag, protocol, status: 201 },
  ...{ permission: 'scim:write', effect: 'write' },
  input: z.strictObject({ group: ScimGroupBody }),
  output: ScimGroupResource,
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'conflict'],
})

const getDirectoryGroup = operation({
  id: 'getDirectoryGroup',
  ...{ method: 'GET', path: `${GROUPS}/{id}`, summary: 'Get a group', tag, protocol },
  ...{ permission: 'scim:read', effect: 'read' },
  input: z.strictObject({ id: UuidRef }),
  output: ScimGroupResource,
  errors: one,
})

const replaceDirectoryGroup = operation({
  id: 'replaceDirectoryGroup',
  ...{ method: 'PUT', path: `${GROUPS}/{id}`, summary: 'Replace a group', tag, protocol },
  ...{ permission: 'scim:write', effect: 'write' },
  input: z.strictObject({ id: UuidRef, group: ScimGroupBody }),
  output: ScimGroupResource,
  errors: changing,
})

const patchDirectoryGroup = operation({
  id: 'patchDirectoryGroup',
  ...{ method: 'PATCH', path: `${GROUPS}/{id}`, summary: 'Change a group', tag, protocol },
  ...{ permission: 'scim:write', effect: 'write' },
  input: z.strictObject({ id: UuidRef, operations: ScimOperations }),
  output: ScimGroupResource,
  errors: changing,
})

const deleteDirectoryGroup = operation({
  id: 'deleteDirectoryGroup',
  ...{ method: 'DELETE', path: `${GROUPS}/{id}`, summary: 'Delete a group', tag, protocol },
  ...{ permission: 'scim:write', effect: 'destructive' },
  input: z.strictObject({ id: UuidRef }),
  output: z.object({}),
  errors: one,
})

export const DIRECTORY_OPERATIONS = {
  listDirectoryUsers,
  createDirectoryUser,
  getDirectoryUser,
  replaceDirectoryUser,
  patchDirectoryUser,
  deleteDirectoryUser,
  listDirectoryGroups,
  createDirectoryGroup,
  getDirectoryGroup,
  replaceDirectoryGroup,
  patchDirectoryGroup,
  deleteDirectoryGroup,
} as const
