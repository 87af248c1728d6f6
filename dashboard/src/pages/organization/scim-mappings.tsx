import { Plus, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { SCIM_OPERATIONS, type ScimGroupMappingWire } from '../../../../src/contract/management/scim.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { CheckField } from '../../components/field.tsx'
import { MenuItem } from '../../components/menu.tsx'
import { Section } from '../../components/page.tsx'
import { RowMenu } from '../../components/row-menu.tsx'
import { FailureNote } from '../../components/states.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { usePlaceName } from '../../frame/use-places.ts'
import { GroupMappingDialog, SCIM_ROLES } from './scim-mapping-dialog.tsx'
import { SyncState } from './scim-sync.tsx'

const {
  createScimGroupMapping,
  createScimSyncJob,
  deleteScimGroupMapping,
  listScimGroupMappings,
  listScimGroups,
  updateScimGroupMapping,
} = SCIM_OPERATIONS

/** Which group of the directory gets which role in which workspace. */
export function GroupMappings({ mayWrite }: { mayWrite: boolean }) {
  const opened = useOpened<ScimGroupMappingWire>()
  const [keepsMembers, setKeepsMembers] = useState(true)
  const placeName = usePlaceName()
  const groups = useOperation(listScimGroups, { limit: 100 })
  const mappings = useOperation(listScimGroupMappings, { limit: 100 })
  const sync = useChange(createScimSyncJob, { refreshes: [listScimGroupMappings] })
  const known = groups.data?.data ?? []
  const groupName = (id: string) => known.find((group) => group.id === id)?.display_name ?? id
  const { deleted } = opened
  return (
    <Section
      title="Groups"
      description="Whoever is in a group of the directory gets the role in the workspace, and loses it with the group."
      action={
        mayWrite ? (
          <span className="flex flex-wrap gap-2">
            <Button data-operation={createScimSyncJob.id} isBusy={sync.isPending} onClick={() => sync.mutate({})}>
              <RefreshCw aria-hidden />
              Derive anew
            </Button>
            <Button data-operation={createScimGroupMapping.id} onClick={opened.add} disabled={known.length === 0}>
              <Plus aria-hidden />
              Map a group
            </Button>
          </span>
        ) : undefined
      }
    >
      <FailureNote error={sync.error} />
      {sync.data === undefined ? null : <SyncState id={sync.data.data.id} />}
      <DataList
        query={mappings}
        what="the groups"
        caption="Groups and roles"
        loadingRows={2}
        columns={columns({ groupName, placeName, actions: mayWrite ? opened : undefined })}
        keyOf={({ id }) => id}
        empty={
          <p className="border-y border-line py-8 text-center text-muted">
            {known.length === 0
              ? 'The directory has sent no group yet.'
              : `No group gives a role. The directory has sent ${known.map(({ display_name }) => display_name).join(', ')}.`}
          </p>
        }
      />
      <GroupMappingDialog isOpen={opened.isForm} mapping={opened.edited} groups={known} onClose={opened.close} />
      <DeleteDialog
        action="Delete the mapping"
        operation={deleteScimGroupMapping}
        input={deleted && { id: deleted.id, keep_members: keepsMembers }}
        refreshes={[listScimGroupMappings]}
        onClose={opened.close}
      >
        <p>
          {groupName(deleted?.scim_group_id ?? '')} gives no role in {placeName(deleted?.workspace_id ?? null)} any
          more.
        </p>
        <CheckField
          label="Members whom it gave the role keep it"
          hint="Otherwise they leave the workspace."
          checked={keepsMembers}
          onChange={(event) => setKeepsMembers(event.target.checked)}
        />
      </DeleteDialog>
    </Section>
  )
}

function columns({
  groupName,
  placeName,
  actions,
}: {
  groupName: (id: string) => string
  placeName: (workspaceId: string | null) => string
  actions: { edit: (row: ScimGroupMappingWire) => void; remove: (row: ScimGroupMappingWire) => void } | undefined
}): readonly Column<ScimGroupMappingWire>[] {
  return [
    {
      id: 'group',
      header: 'Group',
      cell: ({ scim_group_id }) => <span className="font-medium break-words">{groupName(scim_group_id)}</span>,
    },
    { id: 'where', header: 'Workspace', cell: ({ workspace_id }) => placeName(workspace_id) },
    { id: 'role', header: 'Role', cell: ({ role }) => SCIM_ROLES.find(({ value }) => value === role)?.label },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (mapping) =>
        actions === undefined ? null : (
          <RowMenu name={groupName(mapping.scim_group_id)}>
            <MenuItem operation={updateScimGroupMapping} onSelect={() => actions.edit(mapping)}>
              Change
            </MenuItem>
            <MenuItem operation={deleteScimGroupMapping} isDanger onSelect={() => actions.remove(mapping)}>
              Delete
            </MenuItem>
          </RowMenu>
        ),
    },
  ]
}
