import { Users } from 'lucide-react'
import { useState } from 'react'
import type { WorkspaceMemberWire } from '../../../../src/contract/management/workspaces.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { MemberLimitDialog } from './member-limit-dialog.tsx'
import { memberColumns } from './member-table.tsx'
import { personName, usePeople, useWorkspaceMembers } from './people.ts'
import { RemoveMemberDialog } from './remove-member-dialog.tsx'

/** The members of a workspace, and what can be changed about one or several of them. */
export function MemberSection({ workspaceId, mayWrite }: { workspaceId: string; mayWrite: boolean }) {
  const people = usePeople()
  const members = useWorkspaceMembers(workspaceId)
  const [removed, setRemoved] = useState<string>()
  const [limited, setLimited] = useState<WorkspaceMemberWire>()
  const [chosen, setChosen] = useState<readonly string[]>([])
  return (
    <Section title="In this workspace">
      <Loaded query={members} what="the members">
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={Users} title="Nobody is in this workspace">
              Administrators of the organization see it all the same. Add members to share it.
            </EmptyState>
          ) : (
            <>
              <BulkBar
                workspaceId={workspaceId}
                chosen={chosen.filter((id) => rows.some(({ user_id }) => user_id === id))}
                nameOf={(id) => personName(people.data, id)}
                onDone={() => setChosen([])}
              />
              <DataTable
                caption="Members"
                columns={memberColumns({
                  people: people.data,
                  mayWrite,
                  chosen,
                  onChoose: (id, isChosen) =>
                    setChosen(isChosen ? [...chosen, id] : chosen.filter((other) => other !== id)),
                  onLimit: setLimited,
                  onRemove: setRemoved,
                })}
                rows={rows}
                keyOf={({ user_id }) => user_id}
                folds
              />
            </>
          )
        }
      </Loaded>
      <MemberLimitDialog
        member={limited}
        name={personName(people.data, limited?.user_id ?? '')}
        onClose={() => setLimited(undefined)}
      />
      <RemoveMemberDialog
        workspaceId={workspaceId}
        userId={removed}
        people={people.data}
        onClose={() => setRemoved(undefined)}
      />
    </Section>
  )
}
