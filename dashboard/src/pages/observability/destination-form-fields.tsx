import { listKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { CheckList } from '../../components/check-list.tsx'
import { DraftChecks } from '../../components/draft-checks.tsx'
import { SelectField, TextArea, TextField } from '../../components/field.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import type { DestinationDraft } from './destination-draft.ts'
import { type ConfigField, configFields } from './destination-fields.ts'

interface PartProps {
  draft: DestinationDraft
  set: (changes: Partial<DestinationDraft>) => void
}

/** What the type asks for, and headers, which all take. */
export function ConfigFields({ draft, set, isNew }: PartProps & { isNew: boolean }) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        {configFields(draft.type).map((field) => (
          <ConfigControl
            key={field.name}
            field={field}
            isNew={isNew}
            value={draft.config[field.name] ?? ''}
            onChange={(text) => set({ config: { ...draft.config, [field.name]: text } })}
          />
        ))}
      </div>
      <TextArea
        label="Headers"
        hint="Name: value, one a line. Values are kept sealed."
        rows={2}
        spellCheck={false}
        className="font-mono text-sm"
        value={draft.headers}
        onChange={(event) => set({ headers: event.target.value })}
      />
    </>
  )
}

function ConfigControl({
  field: { title, isRequired, isSecret, fallback, options },
  isNew,
  value,
  onChange,
}: {
  field: ConfigField
  isNew: boolean
  value: string
  onChange: (text: string) => void
}) {
  if (options.length > 0)
    return (
      <SelectField
        label={title}
        value={value === '' ? fallback : value}
        onChange={(event) => onChange(event.target.value)}
        choices={options.map((option) => ({ value: option, label: option }))}
      />
    )
  const isKept = isSecret && !isNew
  return (
    <TextField
      label={title}
      hint={isKept ? 'Nothing to keep the one it has.' : isRequired ? undefined : 'Can be left out.'}
      required={isRequired && !isKept}
      isMono
      autoComplete="off"
      maxLength={4_000}
      placeholder={fallback}
      type={isSecret ? 'password' : 'text'}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

/** Of which requests, and how much of each. */
export function TraceFields({ draft, set }: PartProps) {
  const { id } = useWorkspace()
  const mayReadKeys = useReach('key:read', id) !== undefined
  const keys = useOperation(listKeys, { workspace_id: id }, { enabled: mayReadKeys })
  return (
    <>
      <DraftChecks
        draft={draft}
        set={set}
        labels={[
          ['isPrivate', 'Leave prompts and answers out'],
          ['tellsCost', 'Tell what requests cost'],
          ['tellsIdentity', 'Tell who made them'],
          ['tellsContext', 'Tell where they came from'],
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Of a hundred requests"
          type="number"
          required
          min="0.01"
          max="100"
          step="any"
          inputMode="decimal"
          value={draft.percent}
          onChange={(event) => set({ percent: event.target.value })}
        />
        <CheckList
          label="Only of these keys"
          hint="None for all."
          choices={(keys.data?.data ?? []).map(({ hash, name }) => ({ value: hash, label: name }))}
          chosen={draft.keyHashes}
          onChange={(keyHashes) => set({ keyHashes })}
          empty="No key."
        />
      </div>
    </>
  )
}
