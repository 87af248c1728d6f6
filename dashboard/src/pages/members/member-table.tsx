import { UserMinus } from 'lucide-react'
import { WORKSPACE_ROLES, type WorkspaceRole } from '../../../../src/contract/common/permissions.ts'
import { MEMBER_OPERATIONS } from '../../../../src/contract/management/members.ts'
import type { OrganizationMemberWire } from '../../../../src/contract/management/organization.ts'
import { listWorkspaceMembers, type WorkspaceMemberWire } from '../../../../src/contract/management/workspaces.ts'
import { useChange } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { IconButton } from '../../components/button.tsx'
import type { Column } from '../../components/data-table.tsx'
import { SelectField } from '../../components/field.tsx'
import { Money, When } from '../../components/figures.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { personName } from './people.ts'
import { roleTitle } from './roles.ts'

type People = ReadonlyMap<string, OrganizationMemberWire> | undefined

export function memberColumns({
  people,
  mayWrite,
  onRemove,
}: {
  people: People
  mayWrite: boolean
  onRemove: (userId: string) => void
}): readonly Column<WorkspaceMemberWire>[] {
  return [
    { id: 'name', header: 'Member', cell: ({ user_id }) => <Person people={people} userId={user_id} /> },
    {
      id: 'role',
      header: 'Role',
      cell: (member) =>
        mayWrite ? <RoleSelect member={member} people={people} /> : <Badge>{roleTitle(member.workspace_role)}</Badge>,
    },
    {
      id: 'limit',
      header: 'Spending limit',
      align: 'right',
      from: 'md',
      cell: ({ spending_limit_usd, limit_reset }) =>
        spending_limit_usd === null ? (
          <span className="text-muted">none</span>
        ) : (
          <>
            <Money amount={spending_limit_usd} /> {limit_reset ?? 'in all'}
          </>
        ),
    },
    {
      id: 'since',
      header: 'Since',
      align: 'right',
      from: 'lg',
      cell: ({ created_at }) => <When iso={created_at} />,
    },
    ...(mayWrite
      ? [
          {
            id: 'remove',
            header: 'Remove',
            isHeaderHidden: true,
            align: 'right' as const,
            cell: ({ user_id }: WorkspaceMemberWire) => (
              <IconButton
                data-operation={MEMBER_OPERATIONS.deleteWorkspaceMember.id}
                label={`Remove ${personName(people, user_id)}`}
                onClick={() => onRemove(user_id)}
              >
                <UserMinus />
              </IconButton>
            ),
          },
        ]
      : []),
  ]
}

function Person({ people, userId }: { people: People; userId: string }) {
  const person = people?.get(userId)
  return (
    <span className="flex max-w-72 min-w-32 flex-col">
      <span className="flex items-center gap-2">
        <span className="truncate font-medium">{personName(people, userId)}</span>
        {person?.role === 'org:admin' ? <Badge tone="attention">Organization admin</Badge> : null}
      </span>
      <span className="truncate text-sm text-muted">{person?.email}</span>
    </span>
  )
}

function RoleSelect({ member, people }: { member: WorkspaceMemberWire; people: People }) {
  const { workspace_id, user_id, workspace_role } = member
  const name = personName(people, user_id)
  const change = useChange(MEMBER_OPERATIONS.updateWorkspaceMember, {
    refreshes: [listWorkspaceMembers],
    onDone: ({ data }) => toast(`${name} is ${roleTitle(data.workspace_role)} now.`),
  })
  return (
    <div className="w-40">
      <SelectField
        data-operation={MEMBER_OPERATIONS.updateWorkspaceMember.id}
        label={`Role of ${name}`}
        isLabelHidden
        disabled={change.isPending}
        value={workspace_role ?? ''}
        onChange={(event) =>
          change.mutate({ id: workspace_id, user_id, workspace_role: event.target.value as WorkspaceRole })
        }
        choices={[
          ...(workspace_role === null ? [{ value: '', label: 'Custom role' }] : []),
          ...WORKSPACE_ROLES.map((role) => ({ value: role, label: roleTitle(role) })),
        ]}
      />
      <FailureNote error={change.error} />
    </div>
  )
}
