import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { Button, ButtonLink } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { Entrance } from '../sign-in/entrance.tsx'
import { NewPasswordField } from './person-fields.tsx'

const Search = z.object({ token: z.string().optional() })

export function ForgotPasswordPage() {
  const [email, setEmail] = useState('')
  const ask = useMutation({
    mutationFn: () => authApi('POST', '/password/forgot', { body: { email }, answer: z.unknown() }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask.mutate()
  }
  if (ask.isSuccess)
    return <Entrance title="Look into your mail">{`If ${email} has a login here, a link is on its way.`}</Entrance>
  return (
    <Entrance title="Forgot your password" description="We send you a link by which you choose another one.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <FailureNote error={ask.error} />
        <Button type="submit" look="primary" isBusy={ask.isPending}>
          Send me a link
        </Button>
      </form>
    </Entrance>
  )
}

export function ResetPasswordPage() {
  const [{ token = '' }] = useFilters(Search)
  const [password, setPassword] = useState('')
  const reset = useMutation({
    mutationFn: () =>
      authApi('POST', '/password/reset', { body: { token, new_password: password }, answer: z.unknown() }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    reset.mutate()
  }
  if (reset.isSuccess)
    return (
      <Entrance title="Your password is changed" description="Every session that you had has ended.">
        <ButtonLink to="/sign-in">Sign in</ButtonLink>
      </Entrance>
    )
  return (
    <Entrance title="Choose another password">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <NewPasswordField value={password} onChange={setPassword} />
        <FailureNote error={reset.error} />
        <Button type="submit" look="primary" isBusy={reset.isPending}>
          Change the password
        </Button>
      </form>
    </Entrance>
  )
}

/** Confirms with a click: programs that check mail open links, too. */
export function ConfirmEmailPage() {
  const [{ token = '' }] = useFilters(Search)
  const confirm = useMutation({
    mutationFn: () => authApi('POST', '/email/confirm', { body: { token }, answer: z.object({ email: z.string() }) }),
  })
  if (confirm.data !== undefined)
    return (
      <Entrance title="Your address is changed" description={`You sign in as ${confirm.data.email} from now on.`}>
        <ButtonLink to="/">To the dashboard</ButtonLink>
      </Entrance>
    )
  return (
    <Entrance title="Confirm your address">
      <FailureNote error={confirm.error} />
      <Button look="primary" isBusy={confirm.isPending} onClick={() => confirm.mutate()}>
        This is my address
      </Button>
    </Entrance>
  )
}
