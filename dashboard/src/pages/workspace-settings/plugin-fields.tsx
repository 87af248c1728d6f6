import { CheckField, SelectField, TextArea } from '../../components/field.tsx'
import { COST_TIERS, PLUGINS, type PluginDraft, type PluginDrafts } from './plugin-draft.ts'
import { SettingsSection } from './settings-section.tsx'

type Plugin = (typeof PLUGINS)[number]

/** What requests get that don't name a plugin and, where that is prevented, also those that do. */
export function PluginFields({ drafts, set }: { drafts: PluginDrafts; set: (drafts: PluginDrafts) => void }) {
  return (
    <SettingsSection title="Plugins">
      <div className="divide-y divide-line border-y border-line">
        {PLUGINS.map((plugin) => (
          <PluginRow
            key={plugin.id}
            plugin={plugin}
            draft={drafts[plugin.id]}
            set={(changes) => set({ ...drafts, [plugin.id]: { ...drafts[plugin.id], ...changes } })}
          />
        ))}
      </div>
    </SettingsSection>
  )
}

interface RowProps {
  plugin: Plugin
  draft: PluginDraft
  set: (changes: Partial<PluginDraft>) => void
}

function PluginRow({ plugin: { id, title, text, routes }, draft, set }: RowProps) {
  return (
    <div className="flex flex-col gap-3 py-3">
      <div className="grid items-start gap-3 sm:grid-cols-[1fr_14rem]">
        <SelectField
          label={title}
          hint={text}
          value={draft.state}
          onChange={(event) => set({ state: event.target.value as PluginDraft['state'] })}
          choices={[
            { value: '', label: 'as the request says' },
            { value: 'on', label: 'on, unless the request says otherwise' },
            { value: 'off', label: 'off, unless the request says otherwise' },
          ]}
        />
        {draft.state === '' ? null : (
          <div className="sm:pt-7">
            <CheckField
              label="Prevent overrides"
              aria-label={`Prevent overrides: ${title}`}
              checked={draft.prevents}
              onChange={(event) => set({ prevents: event.target.checked })}
            />
          </div>
        )}
      </div>
      {routes && draft.state === 'on' ? <RouterSettings id={id} draft={draft} set={set} /> : null}
    </div>
  )
}

function RouterSettings({ id, draft, set }: Omit<RowProps, 'plugin'> & { id: string }) {
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <TextArea
        label="Only these models"
        hint="One a line; * stands for any text."
        rows={2}
        className="font-mono text-sm"
        value={draft.allowed}
        onChange={(event) => set({ allowed: event.target.value })}
      />
      <TextArea
        label="Never these models"
        hint="One a line; * stands for any text."
        rows={2}
        className="font-mono text-sm"
        value={draft.excluded}
        onChange={(event) => set({ excluded: event.target.value })}
      />
      <SelectField
        label="At most of the tier"
        key={id}
        value={draft.tier}
        onChange={(event) => set({ tier: event.target.value })}
        choices={[{ value: '', label: 'any' }, ...COST_TIERS.map((tier) => ({ value: tier, label: tier }))]}
      />
    </div>
  )
}
