import { Users, X } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { MEMBER_OPERATIONS } from '../../../../src/contract/management/members.ts'
import {
  listOrganizationMembers,
  type OrganizationMemberWire,
} from '../../../../src/contract/management/organization.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { type Column, DataTable, OffsetPager } from '../../components/data-table.tsx'
import { SelectField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { usePeople } from '../members/people.ts'

const SIZE = 50
const Search = z.object({ member: z.string().optional() })
const ROLE_CHOICES = [
  { value: 'org:member', label: 'Member' },
  { value: 'org:admin', label: 'Administrator' },
]

/** Everybody who belongs to the organization, or the one whom the address names. */
export function MembersTab() {
  const [{ member }, change] = useFilters(Search)
  const [offset, setOffset] = useState(0)
  const found = usePeople(member !== undefined).data?.get(member ?? '')
  const [removed, setRemoved] = useState<OrganizationMemberWire>()
  const mayWrite = useReach('organization-member:write') !== undefined
  const members = useOperation(listOrganizationMembers, { offset, limit: SIZE }, { keepsPrevious: true })
  const update = useChange(MEMBER_OPERATIONS.updateOrganizationMember, {
    refreshes: [listOrganizationMembers],
    onDone: () => toast('Changed. It counts at once.'),
  })
  const remove = useChange(MEMBER_OPERATIONS.deleteOrganizationMember, {
    refreshes: [listOrganizationMembers],
    onDone: () => setRemoved(undefined),
  })
  const actions = {
    onRole: (member: OrganizationMemberWire, role: string) =>
      update.mutate({ id: member.id, role: role as OrganizationMemberWire['role'] }),
    onRemove: setRemoved,
  }
  return (
    <div className="flex flex-col gap-3">
      <FailureNote error={update.error} />
      <Loaded query={members} what="the members">
        {({ data, total_count }) =>
          data.length === 0 ? (
            <EmptyState icon={Users} title="Nobody is here yet">
              People come in by an invitation to a workspace.
            </EmptyState>
          ) : (
            <>
              {found === undefined ? null : (
                <Button size="small" className="self-start" onClick={() => change({ member: undefined })}>
                  Only <span className="max-w-64 truncate">{found.email}</span>
                  <X aria-label="All members again" />
                </Button>
              )}
              <DataTable
                caption="Members"
                columns={columns(mayWrite ? actions : undefined)}
                rows={found === undefined ? data : [found]}
                keyOf={({ id }) => id}
                folds
              />
              <OffsetPager
                offset={offset}
                size={SIZE}
                total={found === undefined ? total_count : 1}
                onOffset={setOffset}
              />
            </>
          )
        }
      </Loaded>
      <ConfirmDialog
        operation={MEMBER_OPERATIONS.deleteOrganizationMember}
        title="Remove from the organization"
        typed={removed?.email}
        action="Remove"
        isOpen={removed !== undefined}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (removed !== undefined) remove.mutate({ id: removed.id, keys: 'disable' })
        }}
        onClose={() => setRemoved(undefined)}
      >
        <p>They leave all workspaces, and their keys are disabled: the next request with one of them is refused.</p>
      </ConfirmDialog>
    </div>
  )
}

interface Actions {
  onRole: (member: OrganizationMemberWire, role: string) => void
  onRemove: (member: OrganizationMemberWire) => void
}

function columns(actions: Actions | undefined): readonly Column<OrganizationMemberWire>[] {
  return [
    {
      id: 'name',
      header: 'Member',
      cell: ({ first_name, last_name, email }) => (
        <span className="flex max-w-72 flex-col">
          <span className="truncate font-medium">{[first_name, last_name].filter(Boolean).join(' ') || email}</span>
          <span className="truncate text-sm text-muted">{email}</span>
        </span>
      ),
    },
    {
      id: 'role',
      header: 'In the organization',
      cell: (member) =>
        actions === undefined ? (
          ROLE_CHOICES.find(({ value }) => value === member.role)?.label
        ) : (
          <div className="w-40">
            <SelectField
              data-operation={MEMBER_OPERATIONS.updateOrganizationMember.id}
              label={`Role of ${member.email}`}
              isLabelHidden
              value={member.role}
              onChange={(event) => actions.onRole(member, event.target.value)}
              choices={ROLE_CHOICES}
            />
          </div>
        ),
    },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (member) =>
        actions === undefined ? null : (
          <Button
            data-operation={MEMBER_OPERATIONS.deleteOrganizationMember.id}
            size="small"
            className="text-danger"
            onClick={() => actions.onRemove(member)}
          >
            Remove
          </Button>
        ),
    },
  ]
}
