import { useState } from 'react'
import { createKeys, listKeys } from '../../../../src/contract/management/keys.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { type KeyDraft, NEW_DRAFT, toRequest } from './key-draft.ts'
import { KeyForm } from './key-form.tsx'
import { NewKey } from './new-key.tsx'

/** Type, scope, limit, and then the secret, once. */
export function CreateKeyDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const workspace = useWorkspace()
  const [draft, setDraft] = useState<KeyDraft>(NEW_DRAFT)
  const create = useChange(createKeys, { refreshes: [listKeys] })
  const close = () => {
    setDraft(NEW_DRAFT)
    create.reset()
    onClose()
  }
  const made = create.data
  return (
    <Dialog
      title={made === undefined ? 'Generate a key' : 'Your new key'}
      description={
        made === undefined
          ? `In ${workspace.name}`
          : 'Copy it now: it is kept as a hash only and can not be shown again.'
      }
      size="wide"
      isOpen={isOpen}
      onClose={close}
      isInsistent
    >
      {made === undefined ? (
        <KeyForm
          draft={draft}
          onChange={setDraft}
          error={create.error}
          isBusy={create.isPending}
          onCancel={close}
          onSubmit={() => create.mutate(toRequest(draft, workspace.id))}
        />
      ) : (
        <NewKey secret={made.key} choice={draft.choice} warnings={made.warnings ?? []} onDone={close} />
      )}
    </Dialog>
  )
}
