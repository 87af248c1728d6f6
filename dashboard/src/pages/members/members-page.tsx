import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { INVITATION_OPERATIONS } from '../../../../src/contract/management/invitations.ts'
import { bulkAddWorkspaceMembers } from '../../../../src/contract/management/workspaces.ts'
import { useReach } from '../../access/session.tsx'
import { Button } from '../../components/button.tsx'
import { Page, Section } from '../../components/page.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { AddMemberDialog } from './add-member-dialog.tsx'
import { InvitationList } from './invitation-list.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { MemberSection } from './member-section.tsx'
import { usePeople, useWorkspaceMembers } from './people.ts'
import { ROLES } from './roles.ts'

/** Who is in a workspace and what each may do in it. */
export function MembersPage() {
  const workspace = useWorkspace()
  const people = usePeople()
  const members = useWorkspaceMembers(workspace.id)
  const mayWrite = useReach('member:write', workspace.id) !== undefined
  const mayInvite = useReach('invitation:write', workspace.id) !== undefined
  const maySeeInvitations = useReach('invitation:read', workspace.id) !== undefined
  const [open, setOpen] = useState<'add' | 'invite'>()
  const close = () => setOpen(undefined)
  return (
    <Page
      title="Members"
      description={`Who works in ${workspace.name}. A change of role counts from the next call on.`}
      action={
        <>
          {mayWrite ? (
            <Button data-operation={bulkAddWorkspaceMembers.id} onClick={() => setOpen('add')}>
              Add a member
            </Button>
          ) : null}
          {mayInvite ? (
            <Button
              data-operation={INVITATION_OPERATIONS.bulkCreateInvitations.id}
              look="primary"
              onClick={() => setOpen('invite')}
            >
              <UserPlus aria-hidden />
              Invite
            </Button>
          ) : null}
        </>
      }
    >
      <MemberSection key={workspace.id} workspaceId={workspace.id} mayWrite={mayWrite} />
      {maySeeInvitations ? <InvitationList workspaceId={workspace.id} /> : null}
      <Section title="What the roles may do">
        <dl className="grid gap-x-10 gap-y-3 border-t border-line pt-3 sm:grid-cols-2">
          {ROLES.map(({ role, title, text }) => (
            <div key={role}>
              <dt className="font-medium">{title}</dt>
              <dd className="text-muted">{text}</dd>
            </div>
          ))}
        </dl>
      </Section>
      <AddMemberDialog
        workspace={workspace}
        people={people.data}
        members={members.data ?? []}
        isOpen={open === 'add'}
        onClose={close}
      />
      <InviteDialog workspace={workspace} isOpen={open === 'invite'} onClose={close} />
    </Page>
  )
}
