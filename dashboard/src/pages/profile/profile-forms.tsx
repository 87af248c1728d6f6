import { type FormEvent, type ReactNode, useState } from 'react'
import { z } from 'zod'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { FailureNote } from '../../components/states.tsx'
import { type User, useChange } from './use-change.ts'

const LENGTH_MIN = 15
const LENGTH_MIN_WITH_SECOND_FACTOR = 8

function ChangeForm(props: {
  onSubmit: () => void
  action: string
  isBusy: boolean
  error: Error | null
  done: string | undefined
  children: ReactNode
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    props.onSubmit()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      {props.children}
      <FailureNote error={props.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" isBusy={props.isBusy}>
          {props.action}
        </Button>
        {props.done === undefined ? null : (
          <span role="status" className="text-sm text-muted">
            {props.done}
          </span>
        )}
      </div>
    </form>
  )
}

export function NameForm({ user }: { user: User }) {
  const [firstName, setFirstName] = useState(user.first_name ?? '')
  const [lastName, setLastName] = useState(user.last_name ?? '')
  const change = useChange('/profile', z.unknown())
  const orNull = (text: string) => (text === '' ? null : text)
  return (
    <Section title="Name">
      <ChangeForm
        onSubmit={() => change.mutate({ first_name: orNull(firstName), last_name: orNull(lastName) })}
        action="Save"
        isBusy={change.isPending}
        error={change.error}
        done={change.isSuccess ? 'Saved.' : undefined}
      >
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField
            label="First name"
            autoComplete="given-name"
            maxLength={100}
            value={firstName}
            onChange={(event) => setFirstName(event.target.value)}
          />
          <TextField
            label="Last name"
            autoComplete="family-name"
            maxLength={100}
            value={lastName}
            onChange={(event) => setLastName(event.target.value)}
          />
        </div>
      </ChangeForm>
    </Section>
  )
}

export function EmailForm({ user }: { user: User }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const change = useChange('/email/change', z.unknown(), { onDone: () => setPassword('') })
  return (
    <Section title="E-mail address" description="You sign in with it, and mail goes there.">
      <ChangeForm
        onSubmit={() => change.mutate({ new_email: email, ...(user.has_password && { password }) })}
        action="Send a link to the new address"
        isBusy={change.isPending}
        error={change.error}
        done={change.isSuccess ? `Open the link in the mail to ${email}; until then nothing changes.` : undefined}
      >
        <TextField
          label="New address"
          type="email"
          autoComplete="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        {user.has_password ? <CurrentPassword value={password} onChange={setPassword} /> : null}
      </ChangeForm>
    </Section>
  )
}

export function PasswordForm({ user }: { user: User }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const done = () => {
    setCurrent('')
    setNext('')
  }
  const lengthMin = user.has_second_factor ? LENGTH_MIN_WITH_SECOND_FACTOR : LENGTH_MIN
  const change = useChange('/password/change', z.unknown(), { onDone: done })
  return (
    <Section title="Password" description="Changing it ends every other session of yours.">
      <ChangeForm
        onSubmit={() => change.mutate({ new_password: next, ...(user.has_password && { current_password: current }) })}
        action={user.has_password ? 'Change the password' : 'Set the password'}
        isBusy={change.isPending}
        error={change.error}
        done={change.isSuccess ? 'Changed.' : undefined}
      >
        {user.has_password ? <CurrentPassword value={current} onChange={setCurrent} /> : null}
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          required
          minLength={lengthMin}
          maxLength={128}
          hint={`${lengthMin} characters or more. Some words that only you put together are best.`}
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
      </ChangeForm>
    </Section>
  )
}

export function CurrentPassword({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <TextField
      label="Your present password"
      type="password"
      autoComplete="current-password"
      required
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
