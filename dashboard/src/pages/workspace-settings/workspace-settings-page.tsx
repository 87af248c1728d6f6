import { useBlocker, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { listWorkspaces, updateWorkspace, type WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { Form } from '../../components/form.tsx'
import { Page } from '../../components/page.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { DangerZone } from './danger-zone.tsx'
import { PluginFields } from './plugin-fields.tsx'
import { draftOf, requestOf, type SettingsDraft } from './settings-draft.ts'
import { AccessFields, LoggingFields, NameFields, RateFields, RoutingFields } from './settings-fields.tsx'

/** How a workspace behaves for everybody in it. */
export function WorkspaceSettingsPage() {
  const workspace = useWorkspace()
  return (
    <Page title="Settings" description={`How ${workspace.name} behaves for everybody in it.`}>
      <SettingsForm key={workspace.id} workspace={workspace} />
      <DangerZone workspace={workspace} />
    </Page>
  )
}

function SettingsForm({ workspace }: { workspace: WorkspaceWire }) {
  const [draft, setDraft] = useState(() => draftOf(workspace))
  const [saved, setSaved] = useState(draft)
  const navigate = useNavigate()
  const save = useChange(updateWorkspace, {
    refreshes: [listWorkspaces],
    onDone: ({ data }) => {
      toast('Saved.')
      setDraft(draftOf(data))
      setSaved(draftOf(data))
      if (data.slug !== workspace.slug)
        void navigate({ to: `/workspaces/${data.slug}/settings`, replace: true, ignoreBlocker: true })
    },
  })
  const isChanged = JSON.stringify(draft) !== JSON.stringify(saved)
  const part = { draft, set: (changes: Partial<SettingsDraft>) => setDraft({ ...draft, ...changes }) }
  return (
    <>
      <Form
        error={save.error}
        onSubmit={() => save.mutate(requestOf(workspace, draft))}
        actions={
          <div className="flex items-center gap-3">
            <Button data-operation={updateWorkspace.id} type="submit" look="primary" isBusy={save.isPending}>
              Save
            </Button>
            {isChanged ? <span className="text-sm text-muted">Not saved yet.</span> : null}
          </div>
        }
      >
        <div className="flex max-w-[680px] flex-col gap-8">
          <NameFields {...part} />
          <RoutingFields {...part} />
          <PluginFields drafts={draft.plugins} set={(plugins) => part.set({ plugins })} />
          <AccessFields {...part} />
          <RateFields {...part} />
          <LoggingFields {...part} workspaceId={workspace.id} />
        </div>
      </Form>
      <LeaveGuard isChanged={isChanged} />
    </>
  )
}

/** Asks before somebody leaves the page and what they wrote on it. */
function LeaveGuard({ isChanged }: { isChanged: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && current.pathname !== next.pathname,
    enableBeforeUnload: isChanged,
    withResolver: true,
  })
  return (
    <Dialog title="Leave without saving?" isOpen={blocker.status === 'blocked'} onClose={() => blocker.reset?.()}>
      <p>What you changed on this page is not saved yet.</p>
      <DialogActions>
        <Button onClick={() => blocker.reset?.()}>Stay</Button>
        <Button look="danger" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
      </DialogActions>
    </Dialog>
  )
}
