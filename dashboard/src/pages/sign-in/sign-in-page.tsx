import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { RequestFailed } from '../../api/request-failed.ts'
import { Skeleton } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { Entrance } from './entrance.tsx'
import { KeyForm } from './key-form.tsx'
import { PasswordForm } from './password-form.tsx'
import { useSignedIn } from './use-signed-in.ts'

const OptionsWire = z.object({
  sign_up: z.enum(['closed', 'domain', 'open']),
  oidc: z.object({ name: z.string() }).nullable(),
  is_mail_on: z.boolean(),
  needs_set_up: z.boolean(),
})

const Search = z.object({ next: z.string().optional(), error: z.string().optional() })

const OIDC_FAULTS: Readonly<Record<string, string>> = {
  no_user: 'Nobody with this address is invited here. Ask an administrator for an invitation.',
  no_organization: 'You are in no organization here any more.',
  refused: 'The identity provider refused.',
  start_again: 'That took too long. Start again.',
  unverified_email: 'The identity provider has not verified your address.',
  provider_away: 'The identity provider does not answer.',
}

/** Why somebody who was in is asked again. */
const ENDS: Readonly<Record<string, string>> = {
  ended_role: 'Your role has changed. Sign in again to go on with the new one.',
  ended_removed: 'You are no longer a member of the organization that you worked in.',
  ended_password: 'Your password has changed. Sign in with the new one.',
  ended_second_factor: 'Your second factor has changed. Sign in again.',
  ended_by_owner: 'This session was ended from another browser of yours.',
}

/** E-mail and password, with whatever else this installation takes. */
export function SignInPage() {
  const [{ next, error }] = useFilters(Search)
  const options = useQuery({ queryKey: ['auth-options'], queryFn: loadOptions, staleTime: 300_000 })
  const end = useQuery({ queryKey: ['session-end'], queryFn: loadEnd, gcTime: 0 })
  const signedIn = useSignedIn(next)
  if (options.data === undefined) return <Waiting error={options.error} />
  const { oidc, sign_up, is_mail_on, needs_set_up, hasPasswords } = options.data
  return (
    <Entrance
      title="Sign in"
      description={
        needs_set_up ? 'Nobody is set up yet: open the link that the server printed when it started.' : undefined
      }
    >
      {typeof end.data !== 'string' || error !== undefined ? null : (
        <p role="status" className="rounded-md bg-raised px-3 py-2 text-sm">
          {end.data}
        </p>
      )}
      {error === undefined ? null : (
        <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">
          {OIDC_FAULTS[error] ?? 'Signing in did not work.'}
        </p>
      )}
      {oidc === null ? null : (
        <a
          href={`/auth-api/sign-in/oidc?return_to=${encodeURIComponent(next ?? '/')}`}
          className="flex h-8 items-center justify-center rounded-md border border-line-strong bg-surface font-medium hover:bg-raised"
        >
          Continue with {oidc.name}
        </a>
      )}
      {hasPasswords ? <PasswordForm onSignedIn={signedIn} isMailOn={is_mail_on} /> : null}
      <KeyForm onSignedIn={signedIn} isFirst={!hasPasswords} />
      {sign_up === 'closed' ? null : (
        <p className="text-muted">
          New here?{' '}
          <Link to="/sign-up" className="text-accent-text underline underline-offset-2">
            Sign up
          </Link>
        </p>
      )}
    </Entrance>
  )
}

function Waiting({ error }: { error: Error | null }) {
  return (
    <Entrance title="Sign in" {...(error === null ? {} : { description: error.message })}>
      {error === null ? <Skeleton className="h-40" /> : null}
    </Entrance>
  )
}

/** Null where no session was ended in this browser. */
async function loadEnd(): Promise<string | null> {
  try {
    await authApi('GET', '/session', { answer: z.unknown() })
    return null
  } catch (error) {
    return (error instanceof RequestFailed && ENDS[error.reason ?? '']) || null
  }
}

/** Where there is no signing in with passwords, a key still opens the dashboard. */
async function loadOptions() {
  try {
    return { ...(await authApi('GET', '/options', { answer: OptionsWire })), hasPasswords: true }
  } catch (error) {
    if (!(error instanceof RequestFailed) || error.status !== 404) throw error
    return { sign_up: 'closed', oidc: null, is_mail_on: false, needs_set_up: false, hasPasswords: false } as const
  }
}
