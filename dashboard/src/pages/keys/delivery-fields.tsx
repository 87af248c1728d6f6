import type { DeliverTargetWire } from '../../../../src/contract/management/key-delivery.ts'
import { SelectField, TextField } from '../../components/field.tsx'
import { type DeliveryChoice, type DeliveryDraft, TARGET_FIELDS, TARGET_TITLES } from './delivery-draft.ts'

/** Where new secrets of a key go. `none` is what it is called when they go nowhere. */
export function DeliveryFields({
  label,
  none,
  stored,
  draft,
  onChange,
}: {
  label: string
  none: string
  stored: DeliverTargetWire | null
  draft: DeliveryDraft
  onChange: (draft: DeliveryDraft) => void
}) {
  const { choice, fields } = draft
  return (
    <>
      <SelectField
        label={label}
        // What is said of the target's own fields stands there.
        field={choice === '' || choice === 'stored' ? 'deliver' : undefined}
        value={choice}
        onChange={(event) => onChange({ ...draft, choice: event.target.value as DeliveryChoice })}
        choices={[
          { value: '', label: none },
          ...(stored === null
            ? []
            : [{ value: 'stored', label: `${TARGET_TITLES[stored.type]}: ${stored.destination}` }]),
          ...Object.entries(TARGET_TITLES).map(([value, title]) => ({
            value,
            label: stored === null ? title : `Another: ${title}`,
          })),
        ]}
      />
      {choice === '' || choice === 'stored' ? null : (
        <div className="grid gap-4 sm:grid-cols-2">
          {TARGET_FIELDS[choice].map(({ name, label: title, hint, isSecret, isOptional }) => (
            <TextField
              key={name}
              label={title}
              field={`deliver.${name}`}
              hint={isOptional === true ? `${hint ?? ''} Can be left out.`.trim() : hint}
              type={isSecret === true ? 'password' : 'text'}
              autoComplete="off"
              required={isOptional !== true}
              isMono
              value={fields[name] ?? ''}
              onChange={(event) => onChange({ ...draft, fields: { ...fields, [name]: event.target.value } })}
            />
          ))}
        </div>
      )}
    </>
  )
}
