import { useQuery } from '@tanstack/react-query'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { Button } from '../../components/button.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState, FailureNote, LoadingRows } from '../../components/states.tsx'
import { useChange } from './use-change.ts'

const Sessions = z.array(
  z.object({
    id: z.string(),
    created_at: z.string(),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    is_current: z.boolean(),
  }),
)

/** Where one is signed in. */
export function SessionList() {
  const sessions = useQuery({
    queryKey: ['profile', 'sessions'],
    queryFn: () => authApi('GET', '/sessions', { answer: Sessions }),
  })
  const endOthers = useChange('/sessions/end-others', z.unknown())
  return (
    <Section
      title="Sessions"
      description="The browsers in which you are signed in."
      action={
        <Button onClick={() => endOthers.mutate({})} isBusy={endOthers.isPending}>
          End all others
        </Button>
      }
    >
      <FailureNote error={endOthers.error} />
      {sessions.isPending ? <LoadingRows label="sessions" rows={2} /> : null}
      {sessions.isError ? (
        <ErrorState error={sessions.error} retry={() => void sessions.refetch()} what="your sessions" />
      ) : null}
      <ul className="border-t border-line">
        {sessions.data?.map((session) => (
          <SessionRow key={session.id} {...session} />
        ))}
      </ul>
    </Section>
  )
}

function SessionRow({ id, created_at, ip, user_agent, is_current }: z.output<typeof Sessions>[number]) {
  const end = useChange(`/sessions/${id}`, z.unknown(), { method: 'DELETE' })
  return (
    <li className="flex flex-wrap items-center gap-3 border-b border-line py-2">
      <span className="min-w-0 flex-1">
        <span className="block truncate">{user_agent ?? 'Unknown browser'}</span>
        <span className="block text-sm text-muted">
          {ip ?? 'unknown address'} · since {new Date(created_at).toLocaleString('en')}
        </span>
      </span>
      {is_current ? (
        <span className="text-sm text-muted">this one</span>
      ) : (
        <Button look="ghost" size="small" onClick={() => end.mutate({})} isBusy={end.isPending}>
          End
        </Button>
      )}
      <FailureNote error={end.error} />
    </li>
  )
}
