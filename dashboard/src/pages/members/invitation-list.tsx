import { INVITATION_OPERATIONS, type InvitationWire } from '../../../../src/contract/management/invitations.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { ShownOnce } from '../../components/shown-once.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { roleTitle } from './roles.ts'

/** Who was invited into the workspace and has not come yet. */
export function InvitationList({ workspaceId }: { workspaceId: string }) {
  const invitations = useOperation(INVITATION_OPERATIONS.listInvitations, { status: 'pending', limit: 100 })
  const mayWrite = useReach('invitation:write', workspaceId) !== undefined
  return (
    <Section title="Invited">
      <Loaded query={invitations} what="the invitations" rows={2}>
        {({ data }) => {
          const here = data.filter(({ workspaces }) =>
            workspaces.some(({ workspace_id }) => workspace_id === workspaceId),
          )
          return here.length === 0 ? (
            <p className="border-y border-line py-6 text-center text-muted">Nobody is invited at the moment.</p>
          ) : (
            <DataTable
              caption="Invitations"
              columns={columns(workspaceId, mayWrite)}
              rows={here}
              keyOf={({ id }) => id}
            />
          )
        }}
      </Loaded>
    </Section>
  )
}

function columns(workspaceId: string, mayWrite: boolean): readonly Column<InvitationWire>[] {
  return [
    { id: 'email', header: 'E-mail', cell: ({ email }) => <span className="break-all">{email}</span> },
    {
      id: 'role',
      header: 'Role',
      cell: ({ workspaces }) =>
        roleTitle(workspaces.find(({ workspace_id }) => workspace_id === workspaceId)?.workspace_role ?? null),
    },
    { id: 'ends', header: 'Ends', from: 'sm', cell: ({ expires_at }) => <When iso={expires_at} /> },
    ...(mayWrite
      ? [
          {
            id: 'actions',
            header: 'Actions',
            isHeaderHidden: true,
            align: 'right' as const,
            cell: (invitation: InvitationWire) => (
              <span className="flex flex-wrap justify-end gap-2">
                <Resend invitation={invitation} />
                <Revoke invitation={invitation} />
              </span>
            ),
          },
        ]
      : []),
  ]
}

/** Where no mail is sent, the new link is shown, to be handed over. */
function Resend({ invitation: { id, email } }: { invitation: InvitationWire }) {
  const resend = useChange(INVITATION_OPERATIONS.resendInvitation, {
    refreshes: [INVITATION_OPERATIONS.listInvitations],
    onDone: ({ data }) => {
      if (data.link === null) toast(`Sent to ${email} again. The link before works no more.`)
    },
  })
  const link = resend.data?.data.link ?? undefined
  return (
    <>
      <Button
        data-operation={INVITATION_OPERATIONS.resendInvitation.id}
        size="small"
        isBusy={resend.isPending}
        onClick={() => resend.mutate({ id })}
      >
        Send again
        <span className="sr-only"> to {email}</span>
      </Button>
      <FailureNote error={resend.error} />
      <Dialog
        title="A new link"
        description={`This installation sends no mail: hand the link over to ${email} yourself. The one before works no more.`}
        isOpen={link !== undefined}
        onClose={resend.reset}
        isInsistent
      >
        <div className="text-left">
          <ShownOnce label={`Link for ${email}`} secret={link ?? ''} />
        </div>
        <DialogActions>
          <Button look="primary" onClick={resend.reset}>
            Done
          </Button>
        </DialogActions>
      </Dialog>
    </>
  )
}

function Revoke({ invitation: { id, email } }: { invitation: InvitationWire }) {
  const revoke = useChange(INVITATION_OPERATIONS.deleteInvitation, {
    refreshes: [INVITATION_OPERATIONS.listInvitations],
    onDone: () => toast(`The invitation of ${email} is worth nothing any more.`),
  })
  return (
    <Button
      data-operation={INVITATION_OPERATIONS.deleteInvitation.id}
      size="small"
      isBusy={revoke.isPending}
      onClick={() => revoke.mutate({ id })}
    >
      Revoke
      <span className="sr-only"> the invitation of {email}</span>
    </Button>
  )
}
