import { useId } from 'react'
import { listProviders } from '../../../../src/contract/inference/catalogue.ts'
import { useOperation } from '../../api/use-operation.ts'
import { CheckField, SelectField, TextArea, TextField } from '../../components/field.tsx'
import type { ByokDraft, Zdr } from './byok-draft.ts'

interface PartProps {
  draft: ByokDraft
  set: (changes: Partial<ByokDraft>) => void
}

/** Whose credential, and where it is good. */
export function CredentialFields({ draft, set, isNew }: PartProps & { isNew: boolean }) {
  const providers = useOperation(listProviders, {})
  const listId = useId()
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Provider"
          hint="Its slug, such as openai."
          required
          isMono
          autoFocus={isNew}
          disabled={!isNew}
          maxLength={100}
          list={listId}
          value={draft.provider}
          onChange={(event) => set({ provider: event.target.value })}
        />
        <datalist id={listId}>
          {(providers.data?.data ?? []).map(({ slug, name }) => (
            <option key={slug} value={slug}>
              {name}
            </option>
          ))}
        </datalist>
        <TextField
          label="Name"
          hint="To tell it from others."
          maxLength={255}
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
        />
      </div>
      <TextField
        label="Credential"
        hint={
          isNew
            ? 'A key or, for providers that have several parts, JSON. It is kept sealed and never shown again.'
            : 'Nothing to keep the one it has.'
        }
        type="password"
        autoComplete="off"
        isMono
        required={isNew}
        maxLength={20_000}
        value={draft.secret}
        onChange={(event) => set({ secret: event.target.value })}
      />
      <TextField
        label="Base URL"
        hint="Where it is good, if that is not the provider's own address. Changing it takes the credential again."
        type="url"
        isMono
        placeholder="https://"
        maxLength={2_000}
        value={draft.baseUrl}
        onChange={(event) => set({ baseUrl: event.target.value })}
      />
    </>
  )
}

/** When it is used, and for what. */
export function UseFields({ draft, set }: PartProps) {
  return (
    <>
      <TextArea
        label="Only for these models"
        hint="One a line; * stands for any text. Nothing for all."
        rows={2}
        className="font-mono text-sm"
        value={draft.models}
        onChange={(event) => set({ models: event.target.value })}
      />
      <CheckField
        label="Fallback"
        hint="Used after this installation's own capacity, not before it."
        checked={draft.isFallback}
        onChange={(event) => set({ isFallback: event.target.checked })}
      />
      <CheckField
        label="Required"
        hint="Its models are never answered with the installation's own capacity at this provider."
        checked={draft.isRequired}
        onChange={(event) => set({ isRequired: event.target.checked })}
      />
      <CheckField
        label="Nothing else at this provider"
        hint="No model of the provider is answered with the installation's own capacity there."
        checked={draft.isByokOnly}
        onChange={(event) => set({ isByokOnly: event.target.checked })}
      />
      <SelectField
        label="Zero data retention of your account there"
        value={draft.zdr}
        onChange={(event) => set({ zdr: event.target.value as Zdr })}
        choices={[
          { value: '', label: 'as is known of the provider' },
          { value: 'yes', label: 'the provider keeps nothing' },
          { value: 'no', label: 'the provider keeps something' },
        ]}
      />
    </>
  )
}
