import { useState } from 'react'
import { MEMBER_OPERATIONS } from '../../../../src/contract/management/members.ts'
import { listWorkspaceMembers, type WorkspaceMemberWire } from '../../../../src/contract/management/workspaces.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { Form, SaveActions } from '../../components/form.tsx'

const { updateWorkspaceMember } = MEMBER_OPERATIONS
const RESETS = { '': 'never', daily: 'each day', weekly: 'each week', monthly: 'each month' } as const

/** How much a member may spend in a workspace, over all their keys. */
export function MemberLimitDialog({
  member,
  name,
  onClose,
}: {
  member: WorkspaceMemberWire | undefined
  name: string
  onClose: () => void
}) {
  return (
    <Dialog
      title={`Spending limit of ${name}`}
      description="Over all their keys in this workspace. It counts from the next request on."
      isOpen={member !== undefined}
      onClose={onClose}
    >
      {member === undefined ? null : <LimitForm member={member} onClose={onClose} />}
    </Dialog>
  )
}

function LimitForm({ member, onClose }: { member: WorkspaceMemberWire; onClose: () => void }) {
  const [limit, setLimit] = useState(String(member.spending_limit_usd ?? ''))
  const [reset, setReset] = useState<keyof typeof RESETS>(
    member.spending_limit_usd === null ? 'monthly' : (member.limit_reset ?? ''),
  )
  const save = useChange(updateWorkspaceMember, { refreshes: [listWorkspaceMembers], onDone: onClose })
  return (
    <Form
      error={save.error}
      onSubmit={() =>
        save.mutate({
          id: member.workspace_id,
          user_id: member.user_id,
          spending_limit_usd: limit === '' ? null : Number(limit),
          limit_reset: limit === '' || reset === '' ? null : reset,
        })
      }
      actions={<SaveActions operation={updateWorkspaceMember} isBusy={save.isPending} onCancel={onClose} />}
    >
      <TextField
        label="Spending limit"
        field="spending_limit_usd"
        hint="Nothing for none."
        unit="$"
        type="number"
        min="0"
        step="any"
        value={limit}
        onChange={(event) => setLimit(event.target.value)}
      />
      <SelectField
        label="The limit starts anew"
        field="limit_reset"
        value={reset}
        onChange={(event) => setReset(event.target.value as keyof typeof RESETS)}
        choices={Object.entries(RESETS).map(([value, label]) => ({ value, label }))}
      />
    </Form>
  )
}
