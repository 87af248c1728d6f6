import { UserMinus } from 'lucide-react'
import { MEMBER_OPERATIONS } from '../../../../src/contract/management/members.ts'
import type { OrganizationMemberWire } from '../../../../src/contract/management/organization.ts'
import { listWorkspaceMembers, type WorkspaceMemberWire } from '../../../../src/contract/management/workspaces.ts'
import { useChange } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button, IconButton } from '../../components/button.tsx'
import type { Column } from '../../components/data-table.tsx'
import { SelectField } from '../../components/field.tsx'
import { Money, When } from '../../components/figures.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { personName } from './people.ts'
import { roleTitle } from './roles.ts'
import { roleFields, roleValue, useRoleChoices } from './use-role-choices.ts'

type People = ReadonlyMap<string, OrganizationMemberWire> | undefined

export function memberColumns({
  people,
  mayWrite,
  chosen,
  onChoose,
  onLimit,
  onRemove,
}: {
  people: People
  mayWrite: boolean
  chosen: readonly string[]
  onChoose: (userId: string, isChosen: boolean) => void
  onLimit: (member: WorkspaceMemberWire) => void
  onRemove: (userId: string) => void
}): readonly Column<WorkspaceMemberWire>[] {
  return [
    ...(mayWrite
      ? [
          {
            id: 'choose',
            header: 'Choose',
            isHeaderHidden: true,
            cell: ({ user_id }: WorkspaceMemberWire) => (
              <input
                type="checkbox"
                className="size-4 accent-accent"
                aria-label={`Choose ${personName(people, user_id)}`}
                checked={chosen.includes(user_id)}
                onChange={(event) => onChoose(user_id, event.target.checked)}
              />
            ),
          },
        ]
      : []),
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
      cell: (member) => (
        <span className="inline-flex flex-wrap items-center justify-end gap-2">
          <SpendingLimit member={member} />
          {mayWrite ? (
            <Button
              data-operation={MEMBER_OPERATIONS.updateWorkspaceMember.id}
              size="small"
              onClick={() => onLimit(member)}
            >
              Change
              <span className="sr-only"> the spending limit of {personName(people, member.user_id)}</span>
            </Button>
          ) : null}
        </span>
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

function SpendingLimit({ member: { spending_limit_usd, limit_reset } }: { member: WorkspaceMemberWire }) {
  if (spending_limit_usd === null) return <span className="text-muted">none</span>
  return (
    <span>
      <Money amount={spending_limit_usd} /> {limit_reset ?? 'in all'}
    </span>
  )
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
  const { workspace_id, user_id } = member
  const name = personName(people, user_id)
  const choices = useRoleChoices()
  const value = roleValue(member)
  const title = (role: string) => choices.find((choice) => choice.value === role)?.label ?? roleTitle(null)
  const change = useChange(MEMBER_OPERATIONS.updateWorkspaceMember, {
    refreshes: [listWorkspaceMembers],
    onDone: ({ data }) => toast(`${name} is ${title(roleValue(data))} now.`),
  })
  return (
    <div className="w-40">
      <SelectField
        data-operation={MEMBER_OPERATIONS.updateWorkspaceMember.id}
        label={`Role of ${name}`}
        isLabelHidden
        disabled={change.isPending}
        value={value}
        onChange={(event) => change.mutate({ id: workspace_id, user_id, ...roleFields(event.target.value) })}
        choices={
          choices.some((choice) => choice.value === value) ? choices : [{ value, label: title(value) }, ...choices]
        }
      />
      <FailureNote error={change.error} />
    </div>
  )
}
