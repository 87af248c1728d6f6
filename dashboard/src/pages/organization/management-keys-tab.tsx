import { KeyRound, Pencil, Plus, Power, RotateCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { KEY_ROTATION_OPERATIONS } from '../../../../src/contract/management/key-rotation.ts'
import { createKeys, deleteKeys, type KeyWire, listKeys, updateKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { When } from '../../components/figures.tsx'
import { MenuItem, MenuRule } from '../../components/menu.tsx'
import { RowMenu } from '../../components/row-menu.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { KeyStateDot } from '../keys/key-state-dot.tsx'
import { RotateKeyDialog } from '../keys/rotate-key-dialog.tsx'
import { ManagementKeyDialog } from './management-key-dialog.tsx'

/** Keys that administer the organization and call no models. */
export function ManagementKeysTab() {
  const opened = useOpened<KeyWire>()
  const [rotated, setRotated] = useState<KeyWire>()
  const mayWrite = useReach('management-key:write') !== undefined
  const keys = useOperation(listKeys, { type: 'management', include_disabled: true })
  const toggle = useChange(updateKeys, { refreshes: [listKeys] })
  const add = mayWrite ? (
    <Button data-operation={createKeys.id} onClick={opened.add}>
      <Plus aria-hidden />
      Make a management key
    </Button>
  ) : undefined
  const actions: Actions = {
    edit: opened.edit,
    rotate: setRotated,
    toggle: ({ hash, disabled }) => toggle.mutate({ hash, disabled: !disabled }),
    remove: opened.remove,
  }
  const { deleted } = opened
  return (
    <>
      <FailureNote error={toggle.error} />
      <DataList
        query={keys}
        what="the management keys"
        caption="Management keys"
        loadingRows={2}
        action={add}
        columns={columns(mayWrite ? actions : undefined)}
        keyOf={({ hash }) => hash}
        empty={
          <EmptyState icon={KeyRound} title="No management key" action={add}>
            With a management key programs administer the organization; it calls no models.
          </EmptyState>
        }
      />
      <ManagementKeyDialog isOpen={opened.isForm} wire={opened.edited} onClose={opened.close} />
      {rotated === undefined ? null : <RotateKeyDialog wire={rotated} isOpen onClose={() => setRotated(undefined)} />}
      <DeleteDialog
        action="Delete the key"
        typed={deleted?.name.slice(0, 40).trim()}
        operation={deleteKeys}
        input={deleted && { hash: deleted.hash }}
        refreshes={[listKeys]}
        onClose={opened.close}
      >
        <p>Whatever administers the organization with it is refused from its next request on.</p>
      </DeleteDialog>
    </>
  )
}

type Actions = Record<'edit' | 'rotate' | 'toggle' | 'remove', (key: KeyWire) => void>

function columns(actions: Actions | undefined): readonly Column<KeyWire>[] {
  return [
    {
      id: 'name',
      header: 'Key',
      cell: ({ name, label }) => (
        <span className="flex max-w-72 flex-col">
          <span className="truncate font-medium" title={name}>
            {name}
          </span>
          <span className="font-mono text-xs text-muted">{label}</span>
        </span>
      ),
    },
    {
      id: 'state',
      header: 'State',
      cell: (key) => <KeyStateDot wire={key} />,
    },
    { id: 'made', header: 'Made', from: 'md', cell: ({ created_at }) => <When iso={created_at} /> },
    {
      id: 'expires',
      header: 'Expires',
      from: 'sm',
      cell: ({ expires_at }) => (expires_at === null ? 'never' : <When iso={expires_at} />),
    },
    {
      id: 'from',
      header: 'Used from',
      from: 'lg',
      cell: ({ allowed_ips }) =>
        allowed_ips === null ? (
          'anywhere'
        ) : (
          <span className="block max-w-56 truncate font-mono text-sm" title={allowed_ips.join(', ')}>
            {allowed_ips.join(', ')}
          </span>
        ),
    },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (key) => (actions === undefined ? null : <KeyMenu wire={key} actions={actions} />),
    },
  ]
}

function KeyMenu({ wire, actions }: { wire: KeyWire; actions: Actions }) {
  return (
    <RowMenu name={wire.name}>
      <MenuItem operation={updateKeys} onSelect={() => actions.edit(wire)}>
        <Pencil />
        Change
      </MenuItem>
      <MenuItem operation={KEY_ROTATION_OPERATIONS.rotateKeys} onSelect={() => actions.rotate(wire)}>
        <RotateCw />
        Rotate
      </MenuItem>
      <MenuItem operation={updateKeys} onSelect={() => actions.toggle(wire)}>
        <Power />
        {wire.disabled ? 'Enable' : 'Disable'}
      </MenuItem>
      <MenuRule />
      <MenuItem operation={deleteKeys} isDanger onSelect={() => actions.remove(wire)}>
        <Trash2 />
        Delete
      </MenuItem>
    </RowMenu>
  )
}
