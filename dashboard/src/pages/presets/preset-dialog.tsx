import { type FormEvent, useState } from 'react'
import { PRESET_OPERATIONS, type PresetVersionWire } from '../../../../src/contract/management/presets.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { draftOf, moreFault, type PresetDraft, requestOf } from './preset-draft.ts'

const { createPresetsChatCompletions, getPreset, listPresets, listPresetVersions } = PRESET_OPERATIONS

interface PresetDialogProps {
  /** Of which another version is made; a new preset without. */
  slug?: string
  version?: PresetVersionWire | null
  isOpen: boolean
  onClose: () => void
  onSaved: (slug: string) => void
}

/** Its settings become the version that is in force. */
export function PresetDialog({ slug, version = null, isOpen, onClose, onSaved }: PresetDialogProps) {
  return (
    <Dialog
      title={slug === undefined ? 'Create a preset' : 'New version'}
      description={
        slug === undefined ? 'What a request says itself wins.' : `Of ${slug}. It is in force as soon as it is saved.`
      }
      size="wide"
      isOpen={isOpen}
      onClose={onClose}
      isInsistent
    >
      <PresetForm slug={slug} version={version} onClose={onClose} onSaved={onSaved} />
    </Dialog>
  )
}

function PresetForm({
  slug: fixedSlug,
  version,
  onClose,
  onSaved,
}: Pick<PresetDialogProps, 'onClose' | 'onSaved'> & { slug: string | undefined; version: PresetVersionWire | null }) {
  const workspace = useWorkspace()
  const [slug, setSlug] = useState(fixedSlug ?? '')
  const [draft, setDraft] = useState(() => draftOf(version))
  const set = (changes: Partial<PresetDraft>) => setDraft({ ...draft, ...changes })
  const fault = moreFault(draft.more)
  const save = useChange(createPresetsChatCompletions, {
    refreshes: [listPresets, getPreset, listPresetVersions],
    onDone: ({ data }) => {
      toast(`Version ${data.designated_version?.version ?? ''} is in force.`)
      onSaved(data.slug)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (fault === undefined) save.mutate(requestOf(draft, slug.trim(), workspace.id))
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      {fixedSlug === undefined ? (
        <TextField
          label="Slug"
          hint="Requests name it. Lower-case letters, digits and hyphens; a preset that has it gets another version."
          required
          isMono
          autoFocus
          maxLength={50}
          value={slug}
          onChange={(event) => setSlug(event.target.value)}
        />
      ) : null}
      <SettingFields draft={draft} set={set} fault={fault} />
      <FailureNote error={save.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          data-operation={createPresetsChatCompletions.id}
          type="submit"
          look="primary"
          isBusy={save.isPending}
          disabled={fault !== undefined}
        >
          Save
        </Button>
      </DialogActions>
    </form>
  )
}

function SettingFields({
  draft,
  set,
  fault,
}: {
  draft: PresetDraft
  set: (changes: Partial<PresetDraft>) => void
  fault: string | undefined
}) {
  return (
    <>
      <TextField
        label="Model"
        hint="Such as openai/gpt-4o-mini. Nothing to leave it to the request."
        isMono
        maxLength={500}
        value={draft.model}
        onChange={(event) => set({ model: event.target.value })}
      />
      <TextArea
        label="System prompt"
        rows={6}
        maxLength={500_000}
        value={draft.systemPrompt}
        onChange={(event) => set({ systemPrompt: event.target.value })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Temperature"
          type="number"
          min="0"
          max="2"
          step="any"
          inputMode="decimal"
          value={draft.temperature}
          onChange={(event) => set({ temperature: event.target.value })}
        />
        <TextField
          label="Most tokens of an answer"
          type="number"
          min="1"
          step="1"
          inputMode="numeric"
          value={draft.maxTokens}
          onChange={(event) => set({ maxTokens: event.target.value })}
        />
      </div>
      <TextArea
        label="More settings"
        hint="Other fields of a chat request, as a JSON object, such as {&quot;provider&quot;: {&quot;sort&quot;: &quot;price&quot;}}."
        fault={fault}
        rows={4}
        spellCheck={false}
        className="font-mono text-sm"
        value={draft.more}
        onChange={(event) => set({ more: event.target.value })}
      />
    </>
  )
}
