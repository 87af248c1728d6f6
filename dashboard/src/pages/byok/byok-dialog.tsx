import { type FormEvent, useState } from 'react'
import { BYOK_OPERATIONS, type ByokKeyWire } from '../../../../src/contract/management/byok.ts'
import { listKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { CheckList } from '../../components/check-list.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { personName, usePeople, useWorkspaceMembers } from '../members/people.ts'
import { type ByokDraft, draftOf, settingsOf } from './byok-draft.ts'
import { CredentialFields, UseFields } from './byok-fields.tsx'

const { createBYOKKey, getBYOKKey, listBYOKKeys, updateBYOKKey } = BYOK_OPERATIONS

/** A new credential or, with `wire`, its change. */
export function ByokDialog({ wire, isOpen, onClose }: { wire?: ByokKeyWire; isOpen: boolean; onClose: () => void }) {
  const workspace = useWorkspace()
  return (
    <Dialog
      title={wire === undefined ? 'Add a credential' : 'Change the credential'}
      description={
        wire?.workspace_id === null ? 'It is for every workspace of the organization.' : `In ${workspace.name}.`
      }
      size="wide"
      isOpen={isOpen}
      onClose={onClose}
      isInsistent
    >
      <ByokForm wire={wire} onClose={onClose} />
    </Dialog>
  )
}

function ByokForm({ wire, onClose }: { wire: ByokKeyWire | undefined; onClose: () => void }) {
  const workspace = useWorkspace()
  const [draft, setDraft] = useState(() => draftOf(wire))
  const set = (changes: Partial<ByokDraft>) => setDraft({ ...draft, ...changes })
  const options = {
    refreshes: [listBYOKKeys, getBYOKKey],
    onDone: () => {
      toast('Saved. It counts from the next request on.')
      onClose()
    },
  }
  const create = useChange(createBYOKKey, options)
  const update = useChange(updateBYOKKey, options)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const settings = settingsOf(draft)
    if (wire !== undefined) return update.mutate({ id: wire.id, ...settings })
    const { key = '', ...rest } = settings
    create.mutate({ provider: draft.provider.trim(), key, workspace_id: workspace.id, ...rest })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <CredentialFields draft={draft} set={set} isNew={wire === undefined} />
      <UseFields draft={draft} set={set} />
      <WhoFields draft={draft} set={set} />
      <FailureNote error={create.error ?? update.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          data-operation={(wire === undefined ? createBYOKKey : updateBYOKKey).id}
          type="submit"
          look="primary"
          isBusy={create.isPending || update.isPending}
        >
          Save
        </Button>
      </DialogActions>
    </form>
  )
}

function WhoFields({ draft, set }: { draft: ByokDraft; set: (changes: Partial<ByokDraft>) => void }) {
  const { id } = useWorkspace()
  const mayReadKeys = useReach('key:read', id) !== undefined
  const keys = useOperation(listKeys, { workspace_id: id }, { enabled: mayReadKeys })
  const members = useWorkspaceMembers(id)
  const people = usePeople()
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <CheckList
        label="Only for these keys"
        hint="None for all."
        choices={(keys.data?.data ?? []).map(({ hash, name }) => ({ value: hash, label: name }))}
        chosen={draft.keyHashes}
        onChange={(keyHashes) => set({ keyHashes })}
        empty="No key."
      />
      <CheckList
        label="Only for keys of these members"
        hint="None for all."
        choices={(members.data ?? []).map(({ user_id }) => ({
          value: user_id,
          label: personName(people.data, user_id),
        }))}
        chosen={draft.userIds}
        onChange={(userIds) => set({ userIds })}
        empty="No member."
      />
    </div>
  )
}
