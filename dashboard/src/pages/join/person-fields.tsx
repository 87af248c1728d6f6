import { TextField } from '../../components/field.tsx'

const PASSWORD_MIN = 15
const PASSWORD_MAX = 128

export interface PersonDraft {
  firstName: string
  lastName: string
  password: string
}

export const NO_PERSON: PersonDraft = { firstName: '', lastName: '', password: '' }

interface PersonFieldsProps {
  draft: PersonDraft
  onChange: (draft: PersonDraft) => void
  /** Where there is one already only the name is asked for. */
  hasPassword?: boolean
}

/** Who somebody is, and the password they choose. */
export function PersonFields({ draft, onChange, hasPassword = false }: PersonFieldsProps) {
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label="First name"
          autoComplete="given-name"
          maxLength={100}
          value={draft.firstName}
          onChange={(event) => onChange({ ...draft, firstName: event.target.value })}
        />
        <TextField
          label="Last name"
          autoComplete="family-name"
          maxLength={100}
          value={draft.lastName}
          onChange={(event) => onChange({ ...draft, lastName: event.target.value })}
        />
      </div>
      {hasPassword ? null : (
        <NewPasswordField value={draft.password} onChange={(password) => onChange({ ...draft, password })} />
      )}
    </>
  )
}

export function NewPasswordField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <TextField
      label="Password"
      hint={`At least ${PASSWORD_MIN} characters: four words that have nothing to do with each other are good.`}
      type="password"
      autoComplete="new-password"
      required
      minLength={PASSWORD_MIN}
      maxLength={PASSWORD_MAX}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

/** As the API takes them: what is empty isn't sent. */
export function personBody({ firstName, lastName, password }: PersonDraft): Record<string, string> {
  const all = { first_name: firstName.trim(), last_name: lastName.trim(), password }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}
