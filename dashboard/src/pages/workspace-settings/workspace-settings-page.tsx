import { useState } from 'react'
import { listWorkspaces, updateWorkspace, type WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Page } from '../../components/page.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { linesOf } from '../../format/lines.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { DangerZone } from './danger-zone.tsx'
import type { SettingsDraft } from './settings-draft.ts'
import { AccessFields, LoggingFields, NameFields, RoutingFields } from './settings-fields.tsx'

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
  const save = useChange(updateWorkspace, { refreshes: [listWorkspaces], onDone: () => toast('Saved.') })
  const part = { draft, set: (changes: Partial<SettingsDraft>) => setDraft({ ...draft, ...changes }) }
  return (
    <form
      className="flex max-w-[680px] flex-col gap-8"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(requestOf(workspace.id, draft))
      }}
    >
      <NameFields {...part} />
      <RoutingFields {...part} />
      <AccessFields {...part} />
      <LoggingFields {...part} />
      <FailureNote error={save.error} />
      <div>
        <Button data-operation={updateWorkspace.id} type="submit" look="primary" isBusy={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  )
}

function draftOf(wire: WorkspaceWire): SettingsDraft {
  return {
    name: wire.name,
    description: wire.description ?? '',
    textModel: wire.default_text_model ?? '',
    sort: wire.default_provider_sort ?? '',
    ips: (wire.allowed_ips ?? []).join('\n'),
    origins: (wire.allowed_origins ?? []).join('\n'),
    keyCreation: wire.key_creation,
    requiresProject: wire.require_project,
    logs: wire.is_observability_io_logging_enabled,
    sampling: String(wire.io_logging_sampling_rate * 100),
    isRedacted: wire.is_io_logging_redacted,
  }
}

function requestOf(id: string, draft: SettingsDraft): RequestOf<typeof updateWorkspace> {
  const listOrNull = (text: string) => (linesOf(text).length === 0 ? null : linesOf(text))
  return {
    id,
    name: draft.name.trim(),
    description: textOrNull(draft.description),
    default_text_model: textOrNull(draft.textModel),
    default_provider_sort: textOrNull(draft.sort) as 'price' | null,
    allowed_ips: listOrNull(draft.ips),
    allowed_origins: listOrNull(draft.origins),
    key_creation: draft.keyCreation,
    require_project: draft.requiresProject,
    is_observability_io_logging_enabled: draft.logs,
    io_logging_sampling_rate: Number(draft.sampling) / 100,
    is_io_logging_redacted: draft.isRedacted,
  }
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}
