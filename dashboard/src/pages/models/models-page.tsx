import { Blocks } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { listModels, MODEL_SORTS } from '../../../../src/contract/inference/catalogue.ts'
import type { ModelWire } from '../../../../src/contract/inference/model-wire.ts'
import { useOperation } from '../../api/use-operation.ts'
import { CopyText } from '../../components/copy-text.tsx'
import { type Column, DataTable, OffsetPager } from '../../components/data-table.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { Count } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { formatTokenPrice } from '../../format/money.ts'
import { useFilters } from '../../frame/use-filters.ts'
import { ModelDrawer } from './model-drawer.tsx'

const SIZE = 50
const Search = z.object({
  q: z.string().optional(),
  sort: z.enum(MODEL_SORTS).optional().catch(undefined),
  offset: z.coerce.number().int().min(0).catch(0).optional(),
  model: z.string().optional(),
})

const SORT_CHOICES = [
  { value: '', label: 'As listed' },
  { value: 'newest', label: 'Newest' },
  { value: 'most-popular', label: 'Most used' },
  { value: 'pricing-low-to-high', label: 'Cheapest' },
  { value: 'pricing-high-to-low', label: 'Dearest' },
  { value: 'context-high-to-low', label: 'Longest context' },
  { value: 'throughput-high-to-low', label: 'Fastest' },
  { value: 'latency-low-to-high', label: 'Quickest to answer' },
]

/** Every model that can be called, with price and endpoints. */
export function ModelsPage() {
  const [{ q, sort, offset = 0, model }, change] = useFilters(Search)
  const [text, setText] = useState(q ?? '')
  const models = useOperation(listModels, { q, sort, offset, limit: SIZE }, { keepsPrevious: true })
  return (
    <Page
      title="Models"
      description="What can be called here, at which price per million tokens, and how its providers do."
    >
      <div className="mb-4 flex flex-wrap gap-3">
        <form
          className="min-w-48 flex-1 sm:max-w-80"
          onSubmit={(event) => {
            event.preventDefault()
            change({ q: text, offset: undefined })
          }}
        >
          <TextField
            label="Find a model"
            isLabelHidden
            type="search"
            placeholder="Find a model"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </form>
        <div className="w-48">
          <SelectField
            label="Order"
            isLabelHidden
            value={sort ?? ''}
            onChange={(event) => change({ sort: event.target.value, offset: undefined })}
            choices={SORT_CHOICES}
          />
        </div>
      </div>
      <Loaded query={models} what="the models">
        {({ data, total_count }) =>
          data.length === 0 ? (
            <EmptyState icon={Blocks} title="No model">
              {q === undefined
                ? 'No provider is set up. Put a provider key in the environment, or name providers in the configuration file.'
                : `Nothing matches “${q}”.`}
            </EmptyState>
          ) : (
            <>
              <DataTable
                caption="Models"
                columns={modelColumns((id) => change({ model: id }))}
                rows={data}
                keyOf={({ id }) => id}
                onOpen={({ id }) => change({ model: id })}
                isDimmed={models.isPlaceholderData}
              />
              <OffsetPager
                offset={offset}
                size={SIZE}
                total={total_count}
                onOffset={(next) => change({ offset: next === 0 ? undefined : String(next) })}
              />
            </>
          )
        }
      </Loaded>
      <ModelDrawer id={model} onClose={() => change({ model: undefined })} />
    </Page>
  )
}

function modelColumns(open: (id: string) => void): readonly Column<ModelWire>[] {
  return [
    {
      id: 'name',
      header: 'Model',
      cell: ({ name, id }) => (
        <span className="flex min-w-40 flex-col items-start">
          <button type="button" className="text-left font-medium hover:text-accent-text" onClick={() => open(id)}>
            {name}
          </button>
          <CopyText text={id} className="text-muted" />
        </span>
      ),
    },
    {
      id: 'context',
      header: 'Context',
      align: 'right',
      from: 'sm',
      cell: ({ context_length }) => (context_length === null ? '–' : <Count count={context_length} />),
    },
    { id: 'in', header: 'Input', align: 'right', cell: ({ pricing }) => formatTokenPrice(pricing.prompt) },
    { id: 'out', header: 'Output', align: 'right', cell: ({ pricing }) => formatTokenPrice(pricing.completion) },
  ]
}
