import { useQuery } from '@tanstack/react-query'
import type { CustomRoleWire } from '../../../../src/contract/management/custom-roles.ts'
import { listWorkspaceMembers, type WorkspaceMemberWire } from '../../../../src/contract/management/workspaces.ts'
import { Loaded } from '../../components/loaded.tsx'
import { usePlaceName } from '../../frame/use-places.ts'
import { useWorkspaces } from '../../frame/workspaces.tsx'
import { loadWorkspaceMembers, personName, usePeople } from '../members/people.ts'

/** More than that are looked through by nobody at a glance; the server refuses all the same. */
const WORKSPACES_MAX = 100
const SHOWN_MAX = 20

/** Who has a role, which keeps it from being deleted. */
export function RoleHolders({ role }: { role: CustomRoleWire }) {
  const workspaces = useWorkspaces().slice(0, WORKSPACES_MAX)
  const people = usePeople()
  const placeName = usePlaceName()
  const holders = useQuery<WorkspaceMemberWire[]>({
    queryKey: [listWorkspaceMembers.id, 'with role', role.id],
    // Whoever deletes wants to know it now, not as it was before they changed it.
    staleTime: 0,
    gcTime: 0,
    queryFn: async () => {
      const found: WorkspaceMemberWire[] = []
      for (const { id } of workspaces) {
        const members = await loadWorkspaceMembers(id)
        found.push(...members.filter(({ custom_role_id }) => custom_role_id === role.id))
      }
      return found
    },
  })
  return (
    <Loaded query={holders} what="who has the role" rows={2}>
      {(found) =>
        found.length === 0 ? (
          <p>Nobody has {role.name}. What comes with it goes, too.</p>
        ) : (
          <>
            <p>
              {role.name} can not be deleted while somebody has it. Give {found.length === 1 ? 'this member' : 'these'}{' '}
              another role first:
            </p>
            <ul className="max-h-48 overflow-y-auto rounded-md border border-line px-3 py-2">
              {found.slice(0, SHOWN_MAX).map(({ id, user_id, workspace_id }) => (
                <li key={id} className="break-words">
                  {personName(people.data, user_id)} <span className="text-muted">in {placeName(workspace_id)}</span>
                </li>
              ))}
              {found.length > SHOWN_MAX ? <li className="text-muted">and {found.length - SHOWN_MAX} more</li> : null}
            </ul>
          </>
        )
      }
    </Loaded>
  )
}
