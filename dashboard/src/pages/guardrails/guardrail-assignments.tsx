import { X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { listKeys } from '../../../../src/contract/management/keys.ts'
import type { Operation } from '../../../../src/contract/operation.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { SelectField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { FailureNote } from '../../components/states.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { personName, usePeople, useWorkspaceMembers } from '../members/people.ts'

const {
  bulkAssignKeysToGuardrail,
  bulkAssignMembersToGuardrail,
  bulkUnassignKeysFromGuardrail,
  bulkUnassignMembersFromGuardrail,
  listGuardrailKeyAssignments,
  listGuardrailMemberAssignments,
} = GUARDRAIL_OPERATIONS

/** The keys and members that a guardrail holds for. */
export function GuardrailAssignments({ wire }: { wire: GuardrailWire }) {
  return (
    <div className="flex flex-col gap-6">
      <KeyAssignments id={wire.id} />
      <MemberAssignments id={wire.id} />
    </div>
  )
}

function KeyAssignments({ id }: { id: string }) {
  const workspace = useWorkspace()
  const assigned = useOperation(listGuardrailKeyAssignments, { id, limit: 100 })
  const keys = useOperation(listKeys, { workspace_id: workspace.id })
  const assign = useChange(bulkAssignKeysToGuardrail, { refreshes: [listGuardrailKeyAssignments] })
  const unassign = useChange(bulkUnassignKeysFromGuardrail, { refreshes: [listGuardrailKeyAssignments] })
  return (
    <Loaded query={assigned} what="the keys" rows={2}>
      {({ data }) => {
        const taken = new Set(data.map(({ key_hash }) => key_hash))
        return (
          <Assignments
            operations={{ assign: bulkAssignKeysToGuardrail, unassign: bulkUnassignKeysFromGuardrail }}
            title="Keys"
            rows={data.map(({ key_hash, key_name }) => ({ id: key_hash, label: key_name }))}
            free={(keys.data?.data ?? [])
              .filter(({ hash }) => !taken.has(hash))
              .map(({ hash, name }) => ({ id: hash, label: name }))}
            onAdd={(hash) => assign.mutate({ id, key_hashes: [hash] })}
            onRemove={(hash) => unassign.mutate({ id, key_hashes: [hash] })}
          >
            <FailureNote error={assign.error ?? unassign.error} />
          </Assignments>
        )
      }}
    </Loaded>
  )
}

function MemberAssignments({ id }: { id: string }) {
  const workspace = useWorkspace()
  const people = usePeople()
  const members = useWorkspaceMembers(workspace.id)
  const assigned = useOperation(listGuardrailMemberAssignments, { id, limit: 100 })
  const assign = useChange(bulkAssignMembersToGuardrail, { refreshes: [listGuardrailMemberAssignments] })
  const unassign = useChange(bulkUnassignMembersFromGuardrail, { refreshes: [listGuardrailMemberAssignments] })
  const named = (userId: string) => ({ id: userId, label: personName(people.data, userId) })
  return (
    <Loaded query={assigned} what="the members" rows={2}>
      {({ data }) => {
        const taken = new Set(data.map(({ user_id }) => user_id))
        return (
          <Assignments
            operations={{ assign: bulkAssignMembersToGuardrail, unassign: bulkUnassignMembersFromGuardrail }}
            title="Members"
            rows={data.map(({ user_id }) => named(user_id))}
            free={(members.data ?? []).flatMap(({ user_id }) => (taken.has(user_id) ? [] : [named(user_id)]))}
            onAdd={(userId) => assign.mutate({ id, member_user_ids: [userId] })}
            onRemove={(userId) => unassign.mutate({ id, member_user_ids: [userId] })}
          >
            <FailureNote error={assign.error ?? unassign.error} />
          </Assignments>
        )
      }}
    </Loaded>
  )
}

interface Named {
  id: string
  label: string
}

function Assignments({
  title,
  operations,
  rows,
  free,
  onAdd,
  onRemove,
  children,
}: {
  title: string
  operations: Record<'assign' | 'unassign', Pick<Operation, 'id'>>
  rows: readonly Named[]
  free: readonly Named[]
  onAdd: (id: string) => void
  onRemove: (id: string) => void
  children: ReactNode
}) {
  const { id: workspaceId } = useWorkspace()
  const mayWrite = useReach('assignment:write', workspaceId) !== undefined
  const [chosen, setChosen] = useState('')
  return (
    <section className="flex flex-col gap-2">
      <h4 className="font-semibold">{title}</h4>
      {rows.length === 0 ? <p className="text-muted">None.</p> : null}
      <ul className="divide-y divide-line border-y border-line empty:hidden">
        {rows.map(({ id, label }) => (
          <li key={id} className="flex items-center justify-between gap-3 py-1">
            <span className="truncate">{label}</span>
            {mayWrite ? (
              <IconButton
                data-operation={operations.unassign.id}
                label={`Take ${label} away`}
                onClick={() => onRemove(id)}
              >
                <X />
              </IconButton>
            ) : null}
          </li>
        ))}
      </ul>
      {mayWrite && free.length > 0 ? (
        <div className="flex gap-2">
          <div className="min-w-0 flex-1">
            <SelectField
              label={`Assign ${title.toLowerCase()}`}
              isLabelHidden
              value={chosen}
              onChange={(event) => setChosen(event.target.value)}
              choices={[{ value: '', label: 'Choose' }, ...free.map(({ id, label }) => ({ value: id, label }))]}
            />
          </div>
          <Button
            data-operation={operations.assign.id}
            disabled={chosen === ''}
            onClick={() => {
              onAdd(chosen)
              setChosen('')
            }}
          >
            Assign
          </Button>
        </div>
      ) : null}
      {children}
    </section>
  )
}
