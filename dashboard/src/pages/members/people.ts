import { useQuery } from '@tanstack/react-query'
import {
  listOrganizationMembers,
  type OrganizationMemberWire,
} from '../../../../src/contract/management/organization.ts'
import { listWorkspaceMembers, type WorkspaceMemberWire } from '../../../../src/contract/management/workspaces.ts'
import { call } from '../../api/call.ts'

const PAGE_SIZE = 100
const PEOPLE_MAX = 1_000

/** Everybody in the organization, by id. Not asked for while `isOn` is false. */
export function usePeople(isOn = true) {
  return useQuery<Map<string, OrganizationMemberWire>>({
    enabled: isOn,
    queryKey: [listOrganizationMembers.id, 'all'],
    queryFn: async () =>
      new Map((await all((page) => call(listOrganizationMembers, page))).map((one) => [one.id, one])),
  })
}

/** All members of a workspace. */
export function useWorkspaceMembers(workspaceId: string) {
  return useQuery<WorkspaceMemberWire[]>({
    queryKey: [listWorkspaceMembers.id, workspaceId, 'all'],
    queryFn: () => loadWorkspaceMembers(workspaceId),
  })
}

/** Page by page. */
export async function loadWorkspaceMembers(workspaceId: string): Promise<WorkspaceMemberWire[]> {
  return await all((page) => call(listWorkspaceMembers, { id: workspaceId, ...page }))
}

/** A name, else the address, else the id of somebody who isn't there any more. */
export function personName(people: ReadonlyMap<string, OrganizationMemberWire> | undefined, userId: string): string {
  const person = people?.get(userId)
  if (person === undefined) return userId
  const name = [person.first_name, person.last_name].filter(Boolean).join(' ')
  return name === '' ? person.email : name
}

async function all<Row>(
  readPage: (page: { offset: number; limit: number }) => Promise<{ data: Row[]; total_count: number }>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let offset = 0; offset < PEOPLE_MAX; offset += PAGE_SIZE) {
    const { data, total_count } = await readPage({ offset, limit: PAGE_SIZE })
    rows.push(...data)
    if (rows.length >= total_count || data.length === 0) break
  }
  return rows
}
