import { Plus, X } from 'lucide-react'
import { Button, IconButton } from '../../components/button.tsx'
import { CheckField, TextArea, TextField } from '../../components/field.tsx'
import { entryOf, type ModelRow, newRow, type ProviderDraft, rowOf } from './provider-draft.ts'

interface ModelRowsProps {
  draft: ProviderDraft
  set: (changes: Partial<ProviderDraft>) => void
}

/** The models of a provider with their prices: row by row or, with all that can be said of a model, as JSON. */
export function ModelRows({ draft, set }: ModelRowsProps) {
  const { models, json } = draft
  const toRows = () => {
    try {
      set({ models: JSON.parse(json ?? '[]').map(rowOf), json: undefined })
    } catch {
      // It stays JSON until it is some; sending it says what is wrong.
    }
  }
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 font-medium">Models</legend>
      <CheckField
        label="As JSON"
        hint="With all that the file of providers can say of a model: cache prices, tiers, times of day."
        checked={json !== undefined}
        onChange={(event) =>
          event.target.checked ? set({ json: JSON.stringify(models.map(entryOf), null, 2) }) : toRows()
        }
      />
      {json === undefined ? (
        <>
          {models.map((row, index) => (
            <Row
              key={row.key}
              row={row}
              index={index}
              onChange={(changed) => set({ models: models.map((other) => (other.key === row.key ? changed : other)) })}
              onRemove={
                models.length === 1 ? undefined : () => set({ models: models.filter((other) => other.key !== row.key) })
              }
            />
          ))}
          <div>
            <Button
              size="small"
              onClick={() => set({ models: [...models, newRow(Math.max(...models.map(({ key }) => key)) + 1)] })}
            >
              <Plus aria-hidden />
              Another model
            </Button>
          </div>
        </>
      ) : (
        <TextArea
          label="Models as JSON"
          field="models"
          rows={14}
          className="font-mono text-sm"
          spellCheck={false}
          value={json}
          onChange={(event) => set({ json: event.target.value })}
        />
      )}
    </fieldset>
  )
}

function Row({
  row,
  index,
  onChange,
  onRemove,
}: {
  row: ModelRow
  index: number
  onChange: (row: ModelRow) => void
  onRemove: (() => void) | undefined
}) {
  const at = `models.${index}`
  const set = (changes: Partial<ModelRow>) => onChange({ ...row, ...changes })
  return (
    <section aria-label={`Model ${index + 1}`} className="flex flex-col gap-3 border-t border-line pt-3">
      <div className="flex items-start gap-2">
        <div className="grid min-w-0 flex-1 gap-3 sm:grid-cols-2">
          <TextField
            label="Model"
            field={`${at}.id`}
            hint="author/model, as requests name it."
            required
            isMono
            value={row.id}
            onChange={(event) => set({ id: event.target.value })}
          />
          <TextField
            label="Its name at the provider"
            field={`${at}.upstream_id`}
            hint="Nothing for the same."
            isMono
            value={row.upstreamId}
            onChange={(event) => set({ upstreamId: event.target.value })}
          />
        </div>
        {onRemove === undefined ? null : (
          <IconButton label={`Remove model ${index + 1}`} className="mt-6" onClick={onRemove}>
            <X />
          </IconButton>
        )}
      </div>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <Figure row={row} set={set} of="input" label="In, $ a million" field={`${at}.pricing.prompt`} />
        <Figure row={row} set={set} of="output" label="Out, $ a million" field={`${at}.pricing.completion`} />
        <Figure row={row} set={set} of="context" label="Context, tokens" field={`${at}.context_length`} isRequired />
        <Figure row={row} set={set} of="maxOutput" label="Most out, tokens" field={`${at}.max_completion_tokens`} />
      </div>
      <CheckField
        label="Costs nothing"
        checked={row.isFree}
        onChange={(event) => set({ isFree: event.target.checked })}
      />
    </section>
  )
}

function Figure({
  row,
  set,
  of,
  label,
  field,
  isRequired = false,
}: {
  row: ModelRow
  set: (changes: Partial<ModelRow>) => void
  of: 'input' | 'output' | 'context' | 'maxOutput'
  label: string
  field: string
  isRequired?: boolean
}) {
  const isPrice = of === 'input' || of === 'output'
  return (
    <TextField
      label={label}
      field={field}
      required={isRequired}
      disabled={isPrice && row.isFree}
      inputMode="decimal"
      value={row[of]}
      onChange={(event) => set({ [of]: event.target.value })}
    />
  )
}
