import { Plus, Radio } from 'lucide-react'
import { z } from 'zod'
import { DESTINATION_OPERATIONS, type DestinationWire } from '../../../../src/contract/management/destinations.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { formatShare } from '../../format/figures.ts'
import { pageOf, useFilters } from '../../frame/use-filters.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { DestinationDialog } from './destination-dialog.tsx'
import { DestinationDrawer } from './destination-drawer.tsx'
import { TYPE_TITLES } from './destination-fields.ts'
import { DestinationState } from './destination-state.tsx'

const SIZE = 50
const Search = z.object({
  create: z.string().optional(),
  destination: z.string().optional(),
  offset: z.coerce.number().int().min(0).catch(0).optional(),
})

/** Where traces of a workspace's requests are sent. */
export function ObservabilityPage() {
  const workspace = useWorkspace()
  const [{ create, destination, offset = 0 }, change] = useFilters(Search)
  const mayWrite = useReach('destination:write', workspace.id) !== undefined
  const destinations = useOperation(
    DESTINATION_OPERATIONS.listObservabilityDestinations,
    { workspace_id: workspace.id, limit: SIZE, offset },
    { keepsPrevious: true },
  )
  const open = (id: string) => change({ destination: id })
  const add = mayWrite ? (
    <Button
      data-operation={DESTINATION_OPERATIONS.createObservabilityDestination.id}
      look="primary"
      onClick={() => change({ create: 'yes' })}
    >
      <Plus aria-hidden />
      Add destination
    </Button>
  ) : undefined
  return (
    <Page
      title="Observability"
      description="Where a trace of each request is to go: what it was, how long it took, what it cost."
      action={add}
    >
      <DataList
        query={destinations}
        what="the destinations"
        caption="Destinations"
        note={
          destinations.data?.data.some(({ delivery, enabled }) => enabled && delivery === 'not_yet') === true ? (
            <p className="mb-4 rounded-md bg-accent-soft px-3 py-2 text-accent-text">
              Nothing is sent: in its settings, this workspace does not tell destinations what happens.
            </p>
          ) : null
        }
        columns={columns(open)}
        keyOf={({ id }) => id}
        onOpen={({ id }) => open(id)}
        isSelected={({ id }) => id === destination}
        page={pageOf(offset, SIZE, change)}
        empty={
          <EmptyState icon={Radio} title="No destination yet" action={add}>
            Traces go to tools such as Langfuse, Datadog or an OpenTelemetry collector of yours, beside the requests.
          </EmptyState>
        }
      />
      <DestinationDialog isOpen={create !== undefined && mayWrite} onClose={() => change({ create: undefined })} />
      <DestinationDrawer id={destination} onClose={() => change({ destination: undefined })} />
    </Page>
  )
}

function columns(open: (id: string) => void): readonly Column<DestinationWire>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      cell: ({ id, name }) => (
        <button
          type="button"
          onClick={() => open(id)}
          title={name}
          className="block max-w-64 min-w-28 truncate text-left font-medium hover:text-accent-text"
        >
          {name}
        </button>
      ),
    },
    { id: 'type', header: 'Type', from: 'sm', cell: ({ type }) => TYPE_TITLES[type] },
    { id: 'state', header: 'State', cell: (wire) => <DestinationState wire={wire} /> },
    {
      id: 'prompts',
      header: 'Prompts',
      from: 'md',
      cell: ({ privacy_mode }) => (privacy_mode ? 'left out' : 'sent along'),
    },
    {
      id: 'share',
      header: 'Of requests',
      align: 'right',
      from: 'md',
      cell: ({ sampling_rate }) => formatShare(sampling_rate),
    },
    {
      id: 'changed',
      header: 'Changed',
      align: 'right',
      from: 'lg',
      cell: ({ updated_at }) => <When iso={updated_at} />,
    },
  ]
}
