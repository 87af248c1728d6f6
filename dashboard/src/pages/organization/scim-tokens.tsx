import { Plus } from 'lucide-react'
import { useState } from 'react'
import { SCIM_OPERATIONS, type ScimTokenWire } from '../../../../src/contract/management/scim.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy-text.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { When } from '../../components/figures.tsx'
import { Form, SaveActions } from '../../components/form.tsx'
import { Section } from '../../components/page.tsx'
import { ShownOnce } from '../../components/shown-once.tsx'
import { useOpened } from '../../components/use-opened.ts'

const { createScimToken, deleteScimToken, listScimTokens } = SCIM_OPERATIONS

/** With which directory services come in. */
export function ScimTokens({ mayWrite }: { mayWrite: boolean }) {
  const opened = useOpened<ScimTokenWire>()
  const tokens = useOperation(listScimTokens, { limit: 100 })
  const { deleted } = opened
  return (
    <Section
      title="Tokens"
      description={
        <>
          A directory service calls <CopyText text={`${location.origin}/scim/v2`} /> with one of them.
        </>
      }
      action={
        mayWrite ? (
          <Button data-operation={createScimToken.id} onClick={opened.add}>
            <Plus aria-hidden />
            Make a token
          </Button>
        ) : undefined
      }
    >
      <DataList
        query={tokens}
        what="the tokens"
        caption="Tokens"
        loadingRows={2}
        columns={columns(mayWrite ? opened.remove : undefined)}
        keyOf={({ id }) => id}
        empty={<p className="border-y border-line py-8 text-center text-muted">No directory service comes in yet.</p>}
      />
      <TokenDialog isOpen={opened.isForm} onClose={opened.close} />
      <DeleteDialog
        action="Delete the token"
        operation={deleteScimToken}
        input={deleted && { id: deleted.id }}
        refreshes={[listScimTokens]}
        onClose={opened.close}
      >
        <p>The directory service that uses {deleted?.name} is refused from its next call on. Members stay.</p>
      </DeleteDialog>
    </Section>
  )
}

function columns(onDelete: ((token: ScimTokenWire) => void) | undefined): readonly Column<ScimTokenWire>[] {
  return [
    {
      id: 'name',
      header: 'Token',
      cell: ({ name, label }) => (
        <span className="flex max-w-72 flex-col">
          <span className="font-medium break-words">{name}</span>
          <span className="font-mono text-xs text-muted">{label}</span>
        </span>
      ),
    },
    { id: 'made', header: 'Made', cell: ({ created_at }) => <When iso={created_at} /> },
    {
      id: 'delete',
      header: 'Delete',
      isHeaderHidden: true,
      align: 'right',
      cell: (token) =>
        onDelete === undefined ? null : (
          <Button
            data-operation={deleteScimToken.id}
            size="small"
            className="text-danger"
            onClick={() => onDelete(token)}
          >
            Delete
            <span className="sr-only"> {token.name}</span>
          </Button>
        ),
    },
  ]
}

function TokenDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [name, setName] = useState('')
  const create = useChange(createScimToken, { refreshes: [listScimTokens] })
  const close = () => {
    setName('')
    create.reset()
    onClose()
  }
  const token = create.data?.token
  return (
    <Dialog
      title={token === undefined ? 'Make a token' : 'Your new token'}
      description={
        token === undefined
          ? 'For one directory service, such as Entra ID or Okta.'
          : 'Copy it now: it is kept as a hash only and can not be shown again.'
      }
      isOpen={isOpen}
      onClose={close}
      isInsistent
    >
      {token === undefined ? (
        <Form
          error={create.error}
          onSubmit={() => create.mutate({ name: name.trim() })}
          actions={
            <SaveActions
              operation={createScimToken}
              action="Make the token"
              isBusy={create.isPending}
              onCancel={close}
            />
          }
        >
          <TextField
            label="Name"
            field="name"
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Form>
      ) : (
        <>
          <ShownOnce label="Token" secret={token} />
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
