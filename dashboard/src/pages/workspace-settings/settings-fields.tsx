import { listKeys } from '../../../../src/contract/management/keys.ts'
import type { WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { useOperation } from '../../api/use-operation.ts'
import { CheckList } from '../../components/check-list.tsx'
import { CheckField, SelectField, TextArea, TextField } from '../../components/field.tsx'
import { typeTitle } from '../keys/key-types.ts'
import { RATED_TYPES, type SettingsDraft } from './settings-draft.ts'
import { SettingsSection } from './settings-section.tsx'

interface PartProps {
  draft: SettingsDraft
  set: (changes: Partial<SettingsDraft>) => void
}

export function NameFields({ draft, set }: PartProps) {
  return (
    <SettingsSection title="Name">
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Name"
          field="name"
          required
          maxLength={100}
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
        />
        <TextField
          label="Slug"
          field="slug"
          hint="In addresses, which change with it."
          required
          isMono
          maxLength={50}
          value={draft.slug}
          onChange={(event) => set({ slug: event.target.value })}
        />
      </div>
      <TextArea
        label="Description"
        field="description"
        rows={2}
        maxLength={500}
        value={draft.description}
        onChange={(event) => set({ description: event.target.value })}
      />
    </SettingsSection>
  )
}

/** For requests that say nothing else. */
export function RoutingFields({ draft, set }: PartProps) {
  return (
    <SettingsSection title="Routing">
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Default model"
          field="default_text_model"
          hint="For requests that name none."
          isMono
          maxLength={200}
          value={draft.textModel}
          onChange={(event) => set({ textModel: event.target.value })}
        />
        <TextField
          label="Default model for pictures"
          field="default_image_model"
          hint="For requests for pictures that name none."
          isMono
          maxLength={200}
          value={draft.imageModel}
          onChange={(event) => set({ imageModel: event.target.value })}
        />
        <SelectField
          label="Providers in order of"
          field="default_provider_sort"
          value={draft.sort}
          onChange={(event) => set({ sort: event.target.value })}
          choices={[
            { value: '', label: 'price and reliability (balanced)' },
            { value: 'price', label: 'price' },
            { value: 'throughput', label: 'throughput' },
            { value: 'latency', label: 'latency' },
            { value: 'exacto', label: 'quality of tool calls' },
          ]}
        />
      </div>
      <CheckField
        label="Refuse requests that name no project"
        checked={draft.requiresProject}
        onChange={(event) => set({ requiresProject: event.target.checked })}
      />
    </SettingsSection>
  )
}

export function AccessFields({ draft, set }: PartProps) {
  return (
    <SettingsSection title="Access">
      <SelectField
        label="Who may make keys"
        field="key_creation"
        value={draft.keyCreation}
        onChange={(event) => set({ keyCreation: event.target.value as WorkspaceWire['key_creation'] })}
        choices={[
          { value: 'everyone', label: 'everybody whose role allows it' },
          { value: 'developers', label: 'Admins and Developers' },
          { value: 'admins', label: 'Admins' },
          { value: 'nobody', label: 'nobody' },
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextArea
          label="Addresses"
          field="allowed_ips"
          hint="Networks in CIDR notation from which keys may be used, one a line; nothing for all."
          className="font-mono text-sm"
          value={draft.ips}
          onChange={(event) => set({ ips: event.target.value })}
        />
        <TextArea
          label="Web pages"
          field="allowed_origins"
          hint="Origins whose pages may call from a browser, one a line; nothing for none."
          className="font-mono text-sm"
          value={draft.origins}
          onChange={(event) => set({ origins: event.target.value })}
        />
      </div>
    </SettingsSection>
  )
}

/** Requests a minute of keys that have no rate of their own. */
export function RateFields({ draft, set }: PartProps) {
  return (
    <SettingsSection title="Requests a minute">
      <p className="text-sm text-muted">
        Of keys without a rate of their own, by type. Nothing for the default, 0 for no limit.
      </p>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-5">
        {RATED_TYPES.map((type) => (
          <TextField
            key={type}
            label={typeTitle({ type, permissions: [] })}
            field={`rate_limits.${type}`}
            type="number"
            min="0"
            max="1000000"
            step="1"
            value={draft.rates[type]}
            onChange={(event) => set({ rates: { ...draft.rates, [type]: event.target.value } })}
          />
        ))}
      </div>
    </SettingsSection>
  )
}

/** What was asked and answered is kept only where this says so. */
export function LoggingFields({ draft, set, workspaceId }: PartProps & { workspaceId: string }) {
  return (
    <SettingsSection title="Observability">
      <CheckField
        label="Tell destinations what happens"
        hint="Requests, their cost and their outcome go where the page of observability says."
        checked={draft.broadcasts}
        onChange={(event) => set({ broadcasts: event.target.checked })}
      />
      <CheckField
        label="Keep what is asked and answered"
        hint="Sealed in the database; only Admins of the workspace read it."
        checked={draft.logs}
        onChange={(event) => set({ logs: event.target.checked })}
      />
      {draft.logs ? <KeptFields draft={draft} set={set} workspaceId={workspaceId} /> : null}
    </SettingsSection>
  )
}

function KeptFields({ draft, set, workspaceId }: PartProps & { workspaceId: string }) {
  const keys = useOperation(listKeys, { workspace_id: workspaceId, include_disabled: true })
  return (
    <>
      <TextField
        label="Of so many percent of the requests"
        field="io_logging_sampling_rate"
        type="number"
        min="0.01"
        max="100"
        step="any"
        required
        value={draft.sampling}
        onChange={(event) => set({ sampling: event.target.value })}
      />
      <CheckField
        label="Redact personal data before it is kept"
        checked={draft.isRedacted}
        onChange={(event) => set({ isRedacted: event.target.checked })}
      />
      <CheckList
        label="Only of these keys"
        hint="None for all."
        choices={(keys.data?.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        chosen={draft.loggedKeys}
        onChange={(loggedKeys) => set({ loggedKeys })}
        empty={keys.isPending ? 'Loading' : 'There is no key.'}
      />
    </>
  )
}
