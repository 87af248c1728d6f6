import { type FormEvent, useState } from 'react'
import { PRESET_OPERATIONS } from '../../../../src/contract/management/presets.ts'
import type { ResponseOf } from '../../../../src/contract/operation.ts'
import { useReach, useSession } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyText } from '../../components/copy-text.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { PresetDialog } from './preset-dialog.tsx'
import { PresetVersions } from './preset-versions.tsx'

const { deletePreset, getPreset, listPresets, updatePreset } = PRESET_OPERATIONS
type Preset = ResponseOf<typeof getPreset>['data']
type Open = 'edit' | 'version' | 'delete' | undefined

/** One preset with its versions. */
export function PresetDrawer({ slug, onClose }: { slug: string | undefined; onClose: () => void }) {
  return (
    <Dialog title="Preset" place="side" size="wide" isOpen={slug !== undefined} onClose={onClose}>
      {slug === undefined ? null : <Details slug={slug} onDeleted={onClose} />}
    </Dialog>
  )
}

function Details({ slug, onDeleted }: { slug: string; onDeleted: () => void }) {
  const workspace = useWorkspace()
  const preset = useOperation(getPreset, { slug, workspace_id: workspace.id })
  const { user } = useSession()
  const reach = useReach('preset:write', workspace.id)
  return (
    <Loaded query={preset} what="the preset" rows={4}>
      {({ data }) => {
        const isOwn = user !== null && data.creator_user_id === user.id
        const mayWrite = reach === 'ws' || (reach === 'own' && isOwn)
        return (
          <div className="flex flex-col gap-5">
            <div className="min-w-0">
              <h3 className="text-lg font-semibold break-words">{data.name}</h3>
              {data.description === null ? null : <p className="break-words text-muted">{data.description}</p>}
              <p className="mt-1">
                <CopyText text={`@preset/${data.slug}`} />
              </p>
            </div>
            {data.status === 'active' ? null : (
              <p className="rounded-md bg-accent-soft px-3 py-2 text-accent-text">
                It is {data.status}: requests that name it are answered as if it weren't there.
              </p>
            )}
            {mayWrite ? <Actions preset={data} onDeleted={onDeleted} /> : null}
            <PresetVersions preset={data} mayWrite={mayWrite} />
          </div>
        )
      }}
    </Loaded>
  )
}

function Actions({ preset, onDeleted }: { preset: Preset; onDeleted: () => void }) {
  const { id: workspaceId } = useWorkspace()
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const named = { slug: preset.slug, workspace_id: workspaceId }
  const change = useChange(updatePreset, {
    refreshes: [listPresets, getPreset],
    onDone: ({ data }) => toast(data.status === 'active' ? 'It is active.' : `It is ${data.status}.`),
  })
  const remove = useChange(deletePreset, {
    refreshes: [listPresets],
    onDone: () => {
      toast('Deleted with all its versions.')
      close()
      onDeleted()
    },
  })
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {preset.status === 'archived' ? null : (
          <Button data-operation={PRESET_OPERATIONS.createPresetsChatCompletions.id} onClick={() => setOpen('version')}>
            New version
          </Button>
        )}
        <Button data-operation={updatePreset.id} onClick={() => setOpen('edit')}>
          Rename
        </Button>
        {preset.status === 'active' ? (
          <>
            <Button
              data-operation={updatePreset.id}
              isBusy={change.isPending}
              onClick={() => change.mutate({ ...named, status: 'disabled' })}
            >
              Disable
            </Button>
            <Button
              data-operation={updatePreset.id}
              isBusy={change.isPending}
              onClick={() => change.mutate({ ...named, status: 'archived' })}
            >
              Archive
            </Button>
          </>
        ) : (
          <Button
            data-operation={updatePreset.id}
            isBusy={change.isPending}
            onClick={() => change.mutate({ ...named, status: 'active' })}
          >
            Make active
          </Button>
        )}
        <Button data-operation={deletePreset.id} className="text-danger" onClick={() => setOpen('delete')}>
          Delete
        </Button>
      </div>
      <FailureNote error={change.error} />
      <PresetDialog
        slug={preset.slug}
        version={preset.designated_version}
        isOpen={open === 'version'}
        onClose={close}
        onSaved={close}
      />
      <Dialog title="Rename the preset" isOpen={open === 'edit'} onClose={close}>
        <RenameForm preset={preset} onClose={close} />
      </Dialog>
      <ConfirmDialog
        operation={deletePreset}
        title="Delete the preset"
        typed={preset.slug}
        action="Delete the preset"
        isOpen={open === 'delete'}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(named)}
        onClose={close}
      >
        <p>All its versions are gone, and requests that name it are answered with 404.</p>
      </ConfirmDialog>
    </div>
  )
}

function RenameForm({ preset, onClose }: { preset: Preset; onClose: () => void }) {
  const { id: workspaceId } = useWorkspace()
  const [name, setName] = useState(preset.name)
  const [description, setDescription] = useState(preset.description ?? '')
  const save = useChange(updatePreset, { refreshes: [listPresets, getPreset], onDone: onClose })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate({
      slug: preset.slug,
      workspace_id: workspaceId,
      name: name.trim(),
      description: description.trim() === '' ? null : description.trim(),
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Name"
        hint="Requests go on naming its slug, which stays."
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Description"
        maxLength={500}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <FailureNote error={save.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button data-operation={updatePreset.id} type="submit" look="primary" isBusy={save.isPending}>
          Save
        </Button>
      </DialogActions>
    </form>
  )
}
