import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { messageOf, RequestFailed } from '../../api/request-failed.ts'
import { Button } from '../../components/button.tsx'
import { FailureNote, Skeleton } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { Entrance } from '../sign-in/entrance.tsx'
import { useSignedIn } from '../sign-in/use-signed-in.ts'
import { NO_PERSON, PersonFields, personBody } from './person-fields.tsx'

const Search = z.object({ token: z.string().optional() })
const InvitationWire = z.object({
  email: z.string(),
  organization: z.object({ id: z.string(), name: z.string() }),
  needs: z.enum(['password', 'sign_in', 'nothing']),
})
type Invitation = z.output<typeof InvitationWire>
const AcceptAnswer = z.object({ status: z.enum(['signed_in', 'sign_in_needed']) })

/** Where the link of an invitation leads. Opening it accepts nothing: programs that check mail open links, too. */
export function AcceptPage() {
  const [{ token = '' }] = useFilters(Search)
  const look = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => authApi('POST', '/invitations/look', { body: { token }, answer: InvitationWire }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (look.isPending)
    return (
      <Entrance title="Your invitation">
        <Skeleton className="h-32" />
      </Entrance>
    )
  if (look.isError)
    return (
      <Entrance
        title="This invitation does not work"
        description={
          look.error instanceof RequestFailed && look.error.status === 404
            ? 'It was used, revoked or has ended. Ask whoever invited you for a new one.'
            : messageOf(look.error)
        }
      >
        <Link to="/sign-in" className="text-accent-text underline underline-offset-2">
          To signing in
        </Link>
      </Entrance>
    )
  return <AcceptForm token={token} invitation={look.data} />
}

function AcceptForm({ token, invitation }: { token: string; invitation: Invitation }) {
  const [person, setPerson] = useState(NO_PERSON)
  const enter = useSignedIn('/')
  const needsPassword = invitation.needs === 'password'
  const accept = useMutation({
    mutationFn: () =>
      authApi('POST', '/invitations/accept', {
        body: { token, ...(needsPassword ? personBody(person) : {}) },
        answer: AcceptAnswer,
      }),
    onSuccess: async ({ status }) => {
      if (status === 'signed_in') await enter()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    accept.mutate()
  }
  if (accept.data?.status === 'sign_in_needed')
    return (
      <Entrance title="You are in" description={`Sign in as ${invitation.email} to go on.`}>
        <Link to="/sign-in" className="text-accent-text underline underline-offset-2">
          Sign in
        </Link>
      </Entrance>
    )
  return (
    <Entrance title={`Join ${invitation.organization.name}`} description={`You are invited as ${invitation.email}.`}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {needsPassword ? <PersonFields draft={person} onChange={setPerson} /> : null}
        <FailureNote error={accept.error} />
        <Button type="submit" look="primary" isBusy={accept.isPending}>
          Accept the invitation
        </Button>
      </form>
    </Entrance>
  )
}
