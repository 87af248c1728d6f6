import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { PasskeyButton } from './passkey-button.tsx'
import { SecondFactorForm } from './second-factor-form.tsx'

const SignInAnswer = z.object({ status: z.enum(['signed_in', 'second_factor_needed']) })

/** E-mail and password, then the second factor where there is one. */
export function PasswordForm({ onSignedIn, isMailOn }: { onSignedIn: () => Promise<void>; isMailOn: boolean }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: () => authApi('POST', '/sign-in', { body: { email, password }, answer: SignInAnswer }),
    onSuccess: async ({ status }) => {
      if (status === 'signed_in') await onSignedIn()
    },
  })
  if (enter.data?.status === 'second_factor_needed')
    return <SecondFactorForm onSignedIn={onSignedIn} onStartAgain={enter.reset} />
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enter.mutate()
  }
  return (
    <div className="flex flex-col gap-3">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          {...(isMailOn ? { hint: <ForgotLink /> } : {})}
        />
        <FailureNote error={enter.error} />
        <Button type="submit" look="primary" isBusy={enter.isPending}>
          Sign in
        </Button>
      </form>
      <PasskeyButton onSignedIn={onSignedIn} />
    </div>
  )
}

function ForgotLink() {
  return (
    <Link to="/forgot-password" className="text-accent-text underline underline-offset-2">
      Forgot it?
    </Link>
  )
}
