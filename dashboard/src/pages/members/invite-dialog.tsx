import { type FormEvent, useState } from 'react'
import type { WorkspaceRole } from '../../../../src/contract/common/permissions.ts'
import { INVITATION_OPERATIONS } from '../../../../src/contract/management/invitations.ts'
import type { WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-text.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { RoleChoice } from './role-choice.tsx'
import { addressesIn } from './roles.ts'

/** One person or a hundred, by e-mail or, where none is sent, by links to hand over. */
export function InviteDialog({
  workspace,
  isOpen,
  onClose,
}: {
  workspace: WorkspaceWire
  isOpen: boolean
  onClose: () => void
}) {
  const invite = useChange(INVITATION_OPERATIONS.bulkCreateInvitations, {
    refreshes: [INVITATION_OPERATIONS.listInvitations],
  })
  const close = () => {
    invite.reset()
    onClose()
  }
  const sent = invite.data?.data
  return (
    <Dialog
      title={sent === undefined ? 'Invite people' : 'Invited'}
      description={`Into ${workspace.name}. The role is theirs the moment they accept.`}
      isOpen={isOpen}
      onClose={close}
      isInsistent
    >
      {sent === undefined ? (
        <InviteForm
          isBusy={invite.isPending}
          error={invite.error}
          onCancel={close}
          onInvite={(emails, role) =>
            invite.mutate({
              invitations: emails.map((email) => ({
                email,
                workspaces: [{ workspace_id: workspace.id, workspace_role: role }],
              })),
            })
          }
        />
      ) : (
        <SentList sent={sent} onDone={close} />
      )}
    </Dialog>
  )
}

function InviteForm({
  isBusy,
  error,
  onCancel,
  onInvite,
}: {
  isBusy: boolean
  error: Error | null
  onCancel: () => void
  onInvite: (emails: string[], role: WorkspaceRole) => void
}) {
  const [text, setText] = useState('')
  const [role, setRole] = useState<WorkspaceRole>('developer')
  const emails = addressesIn(text)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onInvite(emails, role)
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextArea
        label="E-mail addresses"
        hint={
          emails.length === 0
            ? 'Paste as many as you like, or a CSV; up to 100 at a time.'
            : `${emails.length} ${emails.length === 1 ? 'person' : 'people'} to invite.`
        }
        required
        autoFocus
        rows={3}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <RoleChoice role={role} onChoose={setRole} />
      <FailureNote error={error} />
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button
          data-operation={INVITATION_OPERATIONS.bulkCreateInvitations.id}
          type="submit"
          look="primary"
          isBusy={isBusy}
          disabled={emails.length === 0 || emails.length > 100}
        >
          Invite
        </Button>
      </DialogActions>
    </form>
  )
}

function SentList({
  sent,
  onDone,
}: {
  sent: readonly { id: string; email: string; link?: string | null | undefined }[]
  onDone: () => void
}) {
  return (
    <div className="flex flex-col gap-4">
      <ul className="flex flex-col gap-3">
        {sent.map(({ id, email, link }) => (
          <li key={id}>
            {link === undefined || link === null ? (
              <p>{email}: sent by e-mail.</p>
            ) : (
              <div className="flex items-end gap-2">
                <div className="min-w-0 flex-1">
                  <TextField label={`Link for ${email}`} readOnly isMono value={link} />
                </div>
                <CopyButton text={link} label="Copy" />
              </div>
            )}
          </li>
        ))}
      </ul>
      {sent.some(({ link }) => typeof link === 'string') ? (
        <p className="text-sm text-muted">
          This installation sends no mail: hand each link over yourself. Whoever has it can accept.
        </p>
      ) : null}
      <DialogActions>
        <Button look="primary" onClick={onDone}>
          Done
        </Button>
      </DialogActions>
    </div>
  )
}
