import { useState } from 'react'
import {
  PRESET_OPERATIONS,
  type PresetVersionWire,
  type PresetWire,
} from '../../../../src/contract/management/presets.ts'
import { useSession } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Snippet } from '../../components/copy-text.tsx'
import { OffsetPager } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { personName, usePeople } from '../members/people.ts'

const { getPreset, listPresets, listPresetVersions, updatePreset } = PRESET_OPERATIONS
const SIZE = 20

/** What it said over time, and which of it is in force. */
export function PresetVersions({ preset, mayWrite }: { preset: PresetWire; mayWrite: boolean }) {
  const { id: workspaceId } = useWorkspace()
  const people = usePeople()
  const { organization } = useSession()
  const [offset, setOffset] = useState(0)
  const named = { slug: preset.slug, workspace_id: workspaceId }
  const versions = useOperation(listPresetVersions, { ...named, limit: SIZE, offset }, { keepsPrevious: true })
  const choose = useChange(updatePreset, {
    refreshes: [listPresets, getPreset],
    onDone: () => toast('It is in force from the next request on.'),
  })
  return (
    <section className="flex flex-col gap-2">
      <h4 className="font-semibold">Versions</h4>
      <FailureNote error={choose.error} />
      <Loaded query={versions} what="the versions" rows={2}>
        {({ data, total_count }) => (
          <>
            <ul className="divide-y divide-line border-y border-line">
              {data.map((version) => (
                <li key={version.id} className="flex flex-col gap-2 py-2.5">
                  <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <span className="font-medium">Version {version.version}</span>
                    {version.id === preset.designated_version_id ? <Badge tone="good">in force</Badge> : null}
                    <span className="text-sm text-muted">
                      <When iso={version.created_at} />
                      {version.creator_id === organization.id ? '' : `, ${personName(people.data, version.creator_id)}`}
                    </span>
                    {mayWrite && version.id !== preset.designated_version_id ? (
                      <span className="ml-auto">
                        <Button
                          data-operation={updatePreset.id}
                          size="small"
                          aria-label={`Put in force: version ${version.version}`}
                          isBusy={choose.isPending}
                          onClick={() => choose.mutate({ ...named, designated_version_id: version.id })}
                        >
                          Put in force
                        </Button>
                      </span>
                    ) : null}
                  </div>
                  <Settings version={version} />
                </li>
              ))}
            </ul>
            <OffsetPager offset={offset} size={SIZE} total={total_count} onOffset={setOffset} />
          </>
        )}
      </Loaded>
    </section>
  )
}

function Settings({ version: { version, system_prompt, config } }: { version: PresetVersionWire }) {
  return (
    <details>
      <summary className="text-sm text-muted hover:text-ink">Settings</summary>
      <div className="mt-2 flex flex-col gap-2">
        {system_prompt === null ? null : (
          <p className="max-h-48 overflow-y-auto rounded-md bg-raised px-3 py-2 break-words whitespace-pre-wrap">
            {system_prompt}
          </p>
        )}
        <Snippet code={JSON.stringify(config, null, 2)} label={`Settings of version ${version}`} />
      </div>
    </details>
  )
}
