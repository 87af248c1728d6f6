import type { ScimGroupResource, ScimUserResource } from '../../contract/management/scim-directory.ts'
import type { ScimGroupRow } from '../../store/queries/scim-groups.ts'
import type { ScimUserRow } from '../../store/queries/scim-users.ts'
import { toIso } from '../../store/schema.ts'

interface Reference {
  value: string
  display: string
}

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group'

export function userToResource(row: ScimUserRow, groups: readonly Reference[]): ScimUserResource {
  const formatted = [row.given_name, row.family_name].filter((part) => part !== null).join(' ')
  return {
    schemas: [USER_SCHEMA],
    id: row.id,
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    userName: row.user_name,
    name: {
      ...(row.given_name === null ? {} : { givenName: row.given_name }),
      ...(row.family_name === null ? {} : { familyName: row.family_name }),
      ...(formatted === '' ? {} : { formatted }),
    },
    ...(row.display_name === null ? {} : { displayName: row.display_name }),
    emails: [{ value: row.email, type: 'work', primary: true }],
    active: row.active,
    groups: [...groups],
    meta: { resourceType: 'User', created: toIso(row.created_at), lastModified: toIso(row.updated_at) },
  }
}

/** Without `members` where the directory doesn't want them. */
export function groupToResource(row: ScimGroupRow, members: readonly Reference[] | undefined): ScimGroupResource {
  return {
    schemas: [GROUP_SCHEMA],
    id: row.id,
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    displayName: row.display_name,
    ...(members === undefined ? {} : { members: [...members] }),
    meta: { resourceType: 'Group', created: toIso(row.created_at), lastModified: toIso(row.updated_at) },
  }
}

export function toListResponse<Resource>(resources: Resource[], page: { total: number; startIndex: number }) {
  return {
    schemas: [LIST_SCHEMA],
    totalResults: page.total,
    startIndex: page.startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  }
}

/** The protocol counts from 1 and takes any number for the nearest possible one. */
export function toDirectoryPage(
  input: { startIndex?: number | undefined; count?: number | undefined },
  sizeMax: number,
): { startIndex: number; offset: number; limit: number } {
  const startIndex = Math.max(1, input.startIndex ?? 1)
  return { startIndex, offset: startIndex - 1, limit: Math.min(sizeMax, Math.max(0, input.count ?? sizeMax)) }
}
