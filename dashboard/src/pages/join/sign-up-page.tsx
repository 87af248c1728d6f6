import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { Button, ButtonLink } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { Entrance } from '../sign-in/entrance.tsx'
import { useSignedIn } from '../sign-in/use-signed-in.ts'
import { NO_PERSON, PersonFields, personBody } from './person-fields.tsx'

const Search = z.object({ token: z.string().optional() })
const CompleteAnswer = z.object({ status: z.enum(['signed_in', 'sign_in_needed']) })

/** An address first: what follows comes by mail. */
export function SignUpPage() {
  const [email, setEmail] = useState('')
  const ask = useMutation({
    mutationFn: () => authApi('POST', '/sign-up', { body: { email }, answer: z.unknown() }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask.mutate()
  }
  if (ask.isSuccess)
    return <Entrance title="Look into your mail">{`If ${email} may sign up here, a link is on its way.`}</Entrance>
  return (
    <Entrance title="Sign up">
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

/** Where that link leads. */
export function CompleteSignUpPage() {
  const [{ token = '' }] = useFilters(Search)
  const [person, setPerson] = useState(NO_PERSON)
  const [organization, setOrganization] = useState('')
  const enter = useSignedIn('/')
  const complete = useMutation({
    mutationFn: () =>
      authApi('POST', '/sign-up/complete', {
        body: {
          token,
          ...personBody(person),
          ...(organization.trim() === '' ? {} : { organization_name: organization.trim() }),
        },
        answer: CompleteAnswer,
      }),
    onSuccess: async ({ status }) => {
      if (status === 'signed_in') await enter()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    complete.mutate()
  }
  if (complete.data?.status === 'sign_in_needed')
    return (
      <Entrance title="There is a login already" description="Sign in with the password that you have.">
        <ButtonLink to="/sign-in">Sign in</ButtonLink>
      </Entrance>
    )
  return (
    <Entrance title="Sign up">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <PersonFields draft={person} onChange={setPerson} />
        <TextField
          label="Organization"
          maxLength={100}
          autoComplete="organization"
          value={organization}
          onChange={(event) => setOrganization(event.target.value)}
        />
        <FailureNote error={complete.error} />
        <Button type="submit" look="primary" isBusy={complete.isPending}>
          Sign up
        </Button>
      </form>
    </Entrance>
  )
}
