import { KeyRound, Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { createKeys, deleteKeys, type KeyWire, listKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyButton } from '../../components/copy-text.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'

const DAY_SECONDS = 86_400

/** Keys that administer the organization and call no models. */
export function ManagementKeysTab() {
  const [isAdding, setAdding] = useState(false)
  const [deleted, setDeleted] = useState<KeyWire>()
  const mayWrite = useReach('management-key:write') !== undefined
  const keys = useOperation(listKeys, { type: 'management' })
  const remove = useChange(deleteKeys, { refreshes: [listKeys], onDone: () => setDeleted(undefined) })
  const add = mayWrite ? (
    <Button data-operation={createKeys.id} onClick={() => setAdding(true)}>
      <Plus aria-hidden />
      Make a management key
    </Button>
  ) : undefined
  return (
    <div className="flex flex-col items-start gap-4">
      {keys.data !== undefined && keys.data.data.length > 0 ? add : null}
      <div className="w-full">
        <Loaded query={keys} what="the management keys" rows={2}>
          {({ data }) =>
            data.length === 0 ? (
              <EmptyState icon={KeyRound} title="No management key" action={add}>
                With a management key programs administer the organization; it calls no models.
              </EmptyState>
            ) : (
              <DataTable
                caption="Management keys"
                columns={columns(mayWrite ? setDeleted : undefined)}
                rows={data}
                keyOf={({ hash }) => hash}
              />
            )
          }
        </Loaded>
      </div>
      <NewManagementKey isOpen={isAdding} onClose={() => setAdding(false)} />
      <ConfirmDialog
        operation={deleteKeys}
        title="Delete the management key"
        typed={deleted?.name.slice(0, 40).trim()}
        action="Delete the key"
        isOpen={deleted !== undefined}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (deleted !== undefined) remove.mutate({ hash: deleted.hash })
        }}
        onClose={() => setDeleted(undefined)}
      >
        <p>Whatever administers the organization with it is refused from its next request on.</p>
      </ConfirmDialog>
    </div>
  )
}

function columns(onDelete: ((key: KeyWire) => void) | undefined): readonly Column<KeyWire>[] {
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
    { id: 'made', header: 'Made', from: 'sm', cell: ({ created_at }) => <When iso={created_at} /> },
    {
      id: 'expires',
      header: 'Expires',
      cell: ({ expires_at }) => (expires_at === null ? 'never' : <When iso={expires_at} />),
    },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (key) =>
        onDelete === undefined ? null : (
          <Button data-operation={deleteKeys.id} size="small" className="text-danger" onClick={() => onDelete(key)}>
            Delete
          </Button>
        ),
    },
  ]
}

function NewManagementKey({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const create = useChange(createKeys, { refreshes: [listKeys] })
  const close = () => {
    setName('')
    create.reset()
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const life = days === '' ? {} : { ttl_seconds: Number(days) * DAY_SECONDS }
    create.mutate({ name: name.trim(), type: 'management', ...life })
  }
  const secret = create.data?.key
  return (
    <Dialog
      title={secret === undefined ? 'Make a management key' : 'Your new management key'}
      description={
        secret === undefined
          ? 'It may everything in the organization but call models.'
          : 'Copy it now: it is kept as a hash only and can not be shown again.'
      }
      isOpen={isOpen}
      onClose={close}
      isInsistent
    >
      {secret === undefined ? (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <TextField
            label="Name"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <SelectField
            label="Expires"
            value={days}
            onChange={(event) => setDays(event.target.value)}
            choices={[
              { value: '7', label: 'in 7 days' },
              { value: '30', label: 'in 30 days' },
              { value: '90', label: 'in 90 days' },
              { value: '365', label: 'in a year' },
              { value: '', label: 'never' },
            ]}
          />
          <FailureNote error={create.error} />
          <DialogActions>
            <Button onClick={close}>Cancel</Button>
            <Button data-operation={createKeys.id} type="submit" look="primary" isBusy={create.isPending}>
              Make the key
            </Button>
          </DialogActions>
        </form>
      ) : (
        <>
          <div className="flex flex-wrap items-end gap-2 rounded-md border border-accent bg-accent-soft p-3">
            <div className="min-w-56 flex-1">
              <TextField
                label="Management key"
                readOnly
                isMono
                value={secret}
                onFocus={(event) => event.currentTarget.select()}
              />
            </div>
            <CopyButton text={secret} label="Copy" />
          </div>
          <DialogActions>
            <Button look="primary" onClick={close}>
              I have kept it
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}
