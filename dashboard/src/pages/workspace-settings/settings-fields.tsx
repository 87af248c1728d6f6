import type { WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { CheckField, SelectField, TextArea, TextField } from '../../components/field.tsx'
import type { SettingsDraft } from './settings-draft.ts'

interface PartProps {
  draft: SettingsDraft
  set: (changes: Partial<SettingsDraft>) => void
}

const LEGEND = 'mb-3 text-lg font-semibold'

export function NameFields({ draft, set }: PartProps) {
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className={LEGEND}>Name</legend>
      <TextField
        label="Name"
        required
        maxLength={100}
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextArea
        label="Description"
        rows={2}
        maxLength={500}
        value={draft.description}
        onChange={(event) => set({ description: event.target.value })}
      />
    </fieldset>
  )
}

/** For requests that say nothing else. */
export function RoutingFields({ draft, set }: PartProps) {
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className={LEGEND}>Routing</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Default model"
          hint="For requests that name none."
          isMono
          maxLength={200}
          value={draft.textModel}
          onChange={(event) => set({ textModel: event.target.value })}
        />
        <SelectField
          label="Providers in order of"
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
    </fieldset>
  )
}

export function AccessFields({ draft, set }: PartProps) {
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className={LEGEND}>Access</legend>
      <SelectField
        label="Who may make keys"
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
          hint="Networks in CIDR notation from which keys may be used, one a line; nothing for all."
          className="font-mono text-sm"
          value={draft.ips}
          onChange={(event) => set({ ips: event.target.value })}
        />
        <TextArea
          label="Web pages"
          hint="Origins whose pages may call from a browser, one a line; nothing for none."
          className="font-mono text-sm"
          value={draft.origins}
          onChange={(event) => set({ origins: event.target.value })}
        />
      </div>
    </fieldset>
  )
}

/** What was asked and answered is kept only where this says so. */
export function LoggingFields({ draft, set }: PartProps) {
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className={LEGEND}>Prompts and answers</legend>
      <CheckField
        label="Keep what is asked and answered"
        hint="Sealed in the database; only Admins of the workspace read it."
        checked={draft.logs}
        onChange={(event) => set({ logs: event.target.checked })}
      />
      {draft.logs ? (
        <>
          <TextField
            label="Of so many percent of the requests"
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
        </>
      ) : null}
    </fieldset>
  )
}
