import { Bookmark, Plus } from 'lucide-react'
import { z } from 'zod'
import { PRESET_OPERATIONS, type PresetWire } from '../../../../src/contract/management/presets.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { StatusDot, type Tone } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy-text.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { pageOf, useFilters } from '../../frame/use-filters.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { PresetDialog } from './preset-dialog.tsx'
import { PresetDrawer } from './preset-drawer.tsx'

const SIZE = 50
const Search = z.object({
  create: z.string().optional(),
  preset: z.string().optional(),
  offset: z.coerce.number().int().min(0).catch(0).optional(),
})

const STATES: Readonly<Record<PresetWire['status'], { label: string; tone: Tone }>> = {
  active: { label: 'Active', tone: 'good' },
  disabled: { label: 'Disabled', tone: 'plain' },
  archived: { label: 'Archived', tone: 'plain' },
}

/** Named settings of requests, in versions. */
export function PresetsPage() {
  const workspace = useWorkspace()
  const [{ create, preset, offset = 0 }, change] = useFilters(Search)
  const mayWrite = useReach('preset:write', workspace.id) !== undefined
  const presets = useOperation(
    PRESET_OPERATIONS.listPresets,
    { workspace_id: workspace.id, limit: SIZE, offset },
    { keepsPrevious: true },
  )
  const open = (slug: string) => change({ preset: slug })
  const add = mayWrite ? (
    <Button
      data-operation={PRESET_OPERATIONS.createPresetsChatCompletions.id}
      look="primary"
      onClick={() => change({ create: 'yes' })}
    >
      <Plus aria-hidden />
      Create preset
    </Button>
  ) : undefined
  return (
    <Page
      title="Presets"
      description="Model, system prompt and settings under one name. A request takes them by calling @preset/slug as its model."
      action={add}
    >
      <DataList
        query={presets}
        what="the presets"
        caption="Presets"
        columns={columns(open)}
        keyOf={({ id }) => id}
        onOpen={({ slug }) => open(slug)}
        isSelected={({ slug }) => slug === preset}
        page={pageOf(offset, SIZE, change)}
        empty={
          <EmptyState icon={Bookmark} title="No preset yet" action={add}>
            With a preset, what model an application uses and how is changed here and not in its code.
          </EmptyState>
        }
      />
      <PresetDialog
        isOpen={create !== undefined && mayWrite}
        onClose={() => change({ create: undefined })}
        onSaved={(slug) => change({ create: undefined, preset: slug })}
      />
      <PresetDrawer slug={preset} onClose={() => change({ preset: undefined })} />
    </Page>
  )
}

function columns(open: (slug: string) => void): readonly Column<PresetWire>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      cell: ({ name, slug, description }) => (
        <button
          type="button"
          onClick={() => open(slug)}
          className="flex max-w-72 min-w-32 flex-col text-left hover:text-accent-text"
        >
          <span className="max-w-full truncate font-medium" title={name}>
            {name}
          </span>
          <span className="max-w-full truncate text-sm text-muted">{description}</span>
        </button>
      ),
    },
    {
      id: 'call',
      header: 'Called as',
      from: 'sm',
      cell: ({ slug }) => <CopyText text={`@preset/${slug}`} className="max-w-64" />,
    },
    { id: 'state', header: 'State', cell: ({ status }) => <PresetState status={status} /> },
    {
      id: 'changed',
      header: 'Changed',
      align: 'right',
      from: 'md',
      cell: ({ updated_at }) => <When iso={updated_at} />,
    },
  ]
}

function PresetState({ status }: Pick<PresetWire, 'status'>) {
  const { label, tone } = STATES[status]
  return <StatusDot tone={tone} label={label} />
}
