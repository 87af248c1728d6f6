import { useState } from 'react'
import { KEY_ROTATION_OPERATIONS } from '../../../../src/contract/management/key-rotation.ts'
import { deleteKeys, getKey, type KeyWire, listKeys, updateKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { EditKeyDialog } from './edit-key-dialog.tsx'
import { RotateKeyDialog } from './rotate-key-dialog.tsx'

type Open = 'edit' | 'rotate' | 'delete' | undefined

/** What the person may do with a key that they see. Revoking answers when every process has heard of it. */
export function KeyActions({
  wire,
  onDeleted,
  onRotated,
}: {
  wire: KeyWire
  onDeleted: () => void
  onRotated: (hash: string) => void
}) {
  const workspaceId = wire.workspace_id ?? undefined
  const mayUpdate = useReach('key:update', workspaceId) !== undefined
  const mayRotate = useReach('key:rotate', workspaceId) !== undefined
  const mayDelete = useReach('key:delete', workspaceId) !== undefined
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const closeRotated = (hash?: string) => {
    close()
    if (hash !== undefined) onRotated(hash)
  }
  const toggle = useChange(updateKeys, {
    refreshes: [listKeys, getKey],
    onDone: ({ data }) => toast(data.disabled ? 'Disabled. Its next request is refused.' : 'Enabled.'),
  })
  const remove = useChange(deleteKeys, {
    refreshes: [listKeys],
    onDone: () => {
      toast('Deleted. Its next request is refused.')
      close()
      onDeleted()
    },
  })
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {mayUpdate ? (
          <Button data-operation={updateKeys.id} onClick={() => setOpen('edit')}>
            Change
          </Button>
        ) : null}
        {mayRotate ? (
          <Button data-operation={KEY_ROTATION_OPERATIONS.rotateKeys.id} onClick={() => setOpen('rotate')}>
            Rotate
          </Button>
        ) : null}
        {mayUpdate ? (
          <Button
            data-operation={updateKeys.id}
            isBusy={toggle.isPending}
            onClick={() => toggle.mutate({ hash: wire.hash, disabled: !wire.disabled })}
          >
            {wire.disabled ? 'Enable' : 'Disable'}
          </Button>
        ) : null}
        {mayDelete ? (
          <Button data-operation={deleteKeys.id} className="text-danger" onClick={() => setOpen('delete')}>
            Delete
          </Button>
        ) : null}
      </div>
      <FailureNote error={toggle.error} />
      <EditKeyDialog wire={wire} isOpen={open === 'edit'} onClose={close} />
      <RotateKeyDialog wire={wire} isOpen={open === 'rotate'} onClose={closeRotated} />
      <ConfirmDialog
        operation={deleteKeys}
        title="Delete the key"
        typed={wire.name.slice(0, 40).trim()}
        action="Delete the key"
        isOpen={open === 'delete'}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ hash: wire.hash })}
        onClose={close}
      >
        <p>Whatever uses it is refused from its next request on. What it spent stays on record.</p>
      </ConfirmDialog>
    </div>
  )
}
