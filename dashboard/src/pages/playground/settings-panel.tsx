import { listProviders } from '../../../../src/contract/inference/catalogue.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { CheckList } from '../../components/check-list.tsx'
import { DraftChecks } from '../../components/draft-checks.tsx'
import { CheckField, SelectField, TextArea, TextField } from '../../components/field.tsx'
import { DEFAULT_SETTINGS, EFFORTS, type Routing, type Settings, SORTS, settingsFaults } from './conversation.ts'

interface SettingsPanelProps {
  settings: Settings
  onChange: (settings: Settings) => void
}

const EFFORT_WORDS = {
  none: 'None',
  minimal: 'Minimal',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  xhigh: 'Extra high',
  max: 'As much as possible',
} as const satisfies Readonly<Record<(typeof EFFORTS)[number], string>>

const SORT_WORDS = {
  price: 'Cheapest first',
  throughput: 'Fastest first',
  latency: 'Quickest to answer first',
  exacto: 'Best at calling tools first',
} as const satisfies Readonly<Record<(typeof SORTS)[number], string>>

const BY_DEFAULT = { value: '', label: 'By default' }

/** What goes with every message. */
export function SettingsPanel({ settings, onChange }: SettingsPanelProps) {
  const faults = settingsFaults(settings)
  const change = (fields: Partial<Settings>) => onChange({ ...settings, ...fields })
  return (
    <div className="flex flex-col gap-4">
      <TextArea
        label="System prompt"
        placeholder="None"
        rows={4}
        dir="auto"
        value={settings.system}
        onChange={(event) => change({ system: event.target.value })}
      />
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label="Temperature"
          inputMode="decimal"
          placeholder="By default"
          value={settings.temperature}
          fault={faults.temperature}
          onChange={(event) => change({ temperature: event.target.value })}
        />
        <TextField
          label="Max tokens"
          inputMode="numeric"
          placeholder="No bound"
          value={settings.maxTokens}
          fault={faults.maxTokens}
          onChange={(event) => change({ maxTokens: event.target.value })}
        />
      </div>
      <SelectField
        label="Reasoning effort"
        value={settings.effort ?? ''}
        onChange={(event) => change({ effort: EFFORTS.find((one) => one === event.target.value) ?? null })}
        choices={[BY_DEFAULT, ...EFFORTS.map((value) => ({ value, label: EFFORT_WORDS[value] }))]}
      />
      <CheckField
        label="JSON output"
        hint="Some models want the word JSON in a message, too."
        checked={settings.isJson}
        onChange={(event) => change({ isJson: event.target.checked })}
      />
      <RoutingFields routing={settings.routing} onChange={(routing) => change({ routing })} />
      <Button size="small" onClick={() => onChange(DEFAULT_SETTINGS)}>
        Reset the settings
      </Button>
    </div>
  )
}

function RoutingFields({ routing, onChange }: { routing: Routing; onChange: (routing: Routing) => void }) {
  const providers = useOperation(listProviders, {})
  const choices = (providers.data?.data ?? []).map(({ slug, name }) => ({ value: slug, label: name }))
  const change = (fields: Partial<Routing>) => onChange({ ...routing, ...fields })
  const { order, only, ignore } = routing
  return (
    <details className="border-y border-line py-2">
      <summary className="font-medium">Provider routing</summary>
      <div className="flex flex-col gap-4 pt-3 pb-2">
        <SelectField
          label="Order by"
          hint="By default: as the workspace says."
          value={routing.sort ?? ''}
          onChange={(event) => change({ sort: SORTS.find((one) => one === event.target.value) ?? null })}
          choices={[BY_DEFAULT, ...SORTS.map((value) => ({ value, label: SORT_WORDS[value] }))]}
        />
        <CheckList
          label="Try first"
          hint={order.length === 0 ? 'In the order in which you choose them.' : order.join(' → ')}
          choices={choices}
          chosen={order}
          onChange={(next) => change({ order: next })}
        />
        <CheckList label="Only these" choices={choices} chosen={only} onChange={(next) => change({ only: next })} />
        <CheckList
          label="Never these"
          choices={choices}
          chosen={ignore}
          onChange={(next) => change({ ignore: next })}
        />
        <DraftChecks
          draft={routing}
          set={change}
          labels={[
            ['allowsFallbacks', 'Fall back to others'],
            ['requiresParameters', 'Only providers that take every parameter'],
            ['deniesCollection', "Only providers that don't train on it"],
            ['isZdr', 'Zero data retention'],
          ]}
        />
      </div>
    </details>
  )
}
