import { INVITATION_OPERATIONS, type InvitationWire } from '../../../../src/contract/management/invitations.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
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
            id: 'revoke',
            header: 'Revoke',
            isHeaderHidden: true,
            align: 'right' as const,
            cell: (invitation: InvitationWire) => <Revoke invitation={invitation} />,
          },
        ]
      : []),
  ]
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
