import { useState } from 'react'
import { ProviderDialect } from '../../../../src/contract/common/provider-schema.ts'
import { listProviders } from '../../../../src/contract/inference/catalogue.ts'
import {
  CUSTOM_PROVIDER_OPERATIONS,
  type CustomProviderWire,
} from '../../../../src/contract/management/custom-providers.ts'
import { RequestFailed } from '../../api/request-failed.ts'
import { useChange } from '../../api/use-operation.ts'
import { CheckList } from '../../components/check-list.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { DraftChecks } from '../../components/draft-checks.tsx'
import { CheckField, SelectField, TextField } from '../../components/field.tsx'
import { SaveForm } from '../../components/save-form.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspaces } from '../../frame/workspaces.tsx'
import { REGION_TITLES } from '../guardrails/guardrail-draft.ts'
import { ModelRows } from './model-rows.tsx'
import { draftOf, type ProviderDraft, settingsOf } from './provider-draft.ts'

const { createCustomProvider, listCustomProviders, updateCustomProvider } = CUSTOM_PROVIDER_OPERATIONS

interface ProviderDialogProps {
  /** The one that is changed; a new one without. */
  provider: CustomProviderWire | undefined
  isOpen: boolean
  onClose: () => void
}

/** An endpoint of the organization's own, with its models and prices. */
export function ProviderDialog({ isOpen, ...rest }: ProviderDialogProps) {
  return (
    <Dialog
      title={rest.provider === undefined ? 'Add a provider' : 'Change the provider'}
      description="Its models can be called, and are charged, from the next request on."
      size="wide"
      isOpen={isOpen}
      onClose={rest.onClose}
      isInsistent
    >
      <ProviderForm {...rest} />
    </Dialog>
  )
}

function ProviderForm({ provider, onClose }: Omit<ProviderDialogProps, 'isOpen'>) {
  const [draft, setDraft] = useState(() => draftOf(provider))
  const [jsonFault, setJsonFault] = useState<Error | null>(null)
  const set = (changes: Partial<ProviderDraft>) => setDraft({ ...draft, ...changes })
  const options = {
    refreshes: [listCustomProviders, listProviders],
    onDone: ({ warnings = [] }: { warnings?: string[] | undefined }) => {
      toast(warnings.length === 0 ? 'Saved.' : `Saved. ${warnings.join(' ')}`)
      onClose()
    },
  }
  const create = useChange(createCustomProvider, options)
  const save = useChange(updateCustomProvider, options)
  const submit = () => {
    setJsonFault(null)
    try {
      const settings = settingsOf(draft)
      if (provider !== undefined) save.mutate({ id: provider.id, ...settings })
      else create.mutate({ slug: draft.slug.trim(), dialect: draft.dialect, ...settings })
    } catch (error) {
      setJsonFault(new RequestFailed(`models: ${error instanceof Error ? error.message : error}`, { status: 400 }))
    }
  }
  return (
    <SaveForm
      operation={provider === undefined ? createCustomProvider : updateCustomProvider}
      sendings={[create, save]}
      fault={jsonFault}
      onSubmit={submit}
      onCancel={onClose}
    >
      <EndpointFields draft={draft} set={set} provider={provider} />
      <ModelRows draft={draft} set={set} />
      <DataFields draft={draft} set={set} />
    </SaveForm>
  )
}

interface PartProps {
  draft: ProviderDraft
  set: (changes: Partial<ProviderDraft>) => void
}

function EndpointFields({ draft, set, provider }: PartProps & { provider: CustomProviderWire | undefined }) {
  const isNew = provider === undefined
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Slug"
        field="slug"
        hint="Requests and guardrails name it so. It stays."
        required
        isMono
        disabled={!isNew}
        maxLength={100}
        value={draft.slug}
        onChange={(event) => set({ slug: event.target.value })}
      />
      <TextField
        label="Name"
        field="name"
        hint="Nothing for the slug."
        maxLength={200}
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <SelectField
        label="Speaks"
        field="dialect"
        disabled={!isNew}
        value={draft.dialect}
        onChange={(event) => set({ dialect: event.target.value as ProviderDraft['dialect'] })}
        choices={ProviderDialect.options.map((value) => ({ value, label: value }))}
      />
      <TextField
        label="Address"
        field="base_url"
        type="url"
        required
        value={draft.baseUrl}
        onChange={(event) => set({ baseUrl: event.target.value })}
      />
      <div className="flex flex-col gap-2 sm:col-span-2">
        <TextField
          label="Credential"
          field="api_key"
          hint={
            provider?.key_label == null
              ? 'What the provider wants as its key; nothing where it wants none. It is sealed and never shown again.'
              : `Now ${provider.key_label}. Nothing leaves it as it is.`
          }
          type="password"
          autoComplete="off"
          disabled={draft.dropsKey}
          value={draft.apiKey}
          onChange={(event) => set({ apiKey: event.target.value })}
        />
        {provider?.key_label == null ? null : (
          <CheckField
            label="It needs no credential any more"
            checked={draft.dropsKey}
            onChange={(event) => set({ dropsKey: event.target.checked, apiKey: '' })}
          />
        )}
      </div>
    </div>
  )
}

function DataFields({ draft, set }: PartProps) {
  const workspaces = useWorkspaces()
  return (
    <details>
      <summary className="text-muted hover:text-ink">Workspaces, data policy, links</summary>
      <div className="mt-3 flex flex-col gap-4">
        <CheckList
          label="Only for these workspaces"
          field="workspace_ids"
          hint="None for all."
          choices={workspaces.map(({ id, name }) => ({ value: id, label: name }))}
          chosen={draft.workspaceIds}
          onChange={(workspaceIds) => set({ workspaceIds })}
        />
        <DraftChecks
          draft={draft}
          set={set}
          labels={[
            ['trains', 'It trains on what it gets'],
            ['retains', 'It retains prompts'],
          ]}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            label="Where it processes data"
            field="data_region"
            value={draft.region}
            onChange={(event) => set({ region: event.target.value as ProviderDraft['region'] })}
            choices={Object.entries(REGION_TITLES).map(([value, label]) => ({ value, label }))}
          />
          <Link label="Privacy policy" field="privacy_policy_url" of="privacyUrl" draft={draft} set={set} />
          <Link label="Terms of service" field="terms_of_service_url" of="termsUrl" draft={draft} set={set} />
          <Link label="Status page" field="status_page_url" of="statusUrl" draft={draft} set={set} />
        </div>
      </div>
    </details>
  )
}

function Link({
  label,
  field,
  of,
  draft,
  set,
}: PartProps & { label: string; field: string; of: 'privacyUrl' | 'termsUrl' | 'statusUrl' }) {
  return (
    <TextField
      label={label}
      field={field}
      type="url"
      value={draft[of]}
      onChange={(event) => set({ [of]: event.target.value })}
    />
  )
}
