import { useQuery } from '@tanstack/react-query'
import type { Permission } from '../../../../src/contract/common/permissions.ts'
import { EXPLANATION_OPERATIONS } from '../../../../src/contract/inference/explanations.ts'
import { isHeldAnywhere } from '../../access/access.ts'
import { useReach, useSession } from '../../access/session.tsx'
import { call } from '../../api/call.ts'
import { Button, ButtonLink } from '../../components/button.tsx'
import { useNow } from '../../components/figures.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { personName, usePeople, useWorkspaceMembers } from '../members/people.ts'
import type { Failure } from './conversation.ts'
import { type Advice, adviceOf } from './refusal-advice.ts'
import { toVisible } from './visible-text.ts'

const RECORDED_TRIES = 4
const RECORDED_PAUSE_MS = 500
const NAMED_MAX = 3

/** Why there is no answer, in plain words, and what to do next. */
export function Refusal({ failure, onNewSession }: { failure: Failure; onNewSession: () => void }) {
  const why = useWhy(failure.requestId)
  const advice = adviceOf(failure, why, useAdmins(), useNow())
  return (
    <div role="alert" className="flex flex-col items-start gap-2 rounded-md bg-danger-soft px-3 py-2">
      <p className="font-medium text-danger">{advice.title}</p>
      <p>{advice.next}</p>
      <p className="text-sm [overflow-wrap:anywhere] text-muted">
        <bdi>{toVisible(failure.message)}</bdi>
        {failure.status === 0 ? null : ` (${failure.status})`}
      </p>
      <Way way={advice.way} onNewSession={onNewSession} />
    </div>
  )
}

const PAGES = {
  budgets: { title: 'Budgets', permission: 'budget:read' },
  guardrails: { title: 'Guardrails', permission: 'guardrail:read' },
  credits: { title: 'Credits', permission: 'credit:read' },
} as const satisfies Readonly<Record<string, { title: string; permission: Permission }>>

function Way({ way, onNewSession }: { way: Advice['way']; onNewSession: () => void }) {
  const { access } = useSession()
  const { slug } = useWorkspace()
  if (way === undefined) return null
  if (way === 'new-session') {
    return (
      <Button size="small" onClick={onNewSession}>
        Start a new session
      </Button>
    )
  }
  const { title, permission } = PAGES[way]
  if (!isHeldAnywhere(access, permission)) return null
  return (
    <ButtonLink size="small" to={way === 'credits' ? '/credits' : `/workspaces/${slug}/${way}`}>
      {title}
    </ButtonLink>
  )
}

/** What the gateway recorded of it, which is written a moment after the refusal. */
function useWhy(requestId: string | undefined) {
  const { getGenerationExplanation } = EXPLANATION_OPERATIONS
  const why = useQuery({
    queryKey: [getGenerationExplanation.id, { id: requestId }],
    queryFn: () => call(getGenerationExplanation, { id: requestId ?? '' }),
    enabled: requestId !== undefined,
    retry: RECORDED_TRIES,
    retryDelay: RECORDED_PAUSE_MS,
    staleTime: Number.POSITIVE_INFINITY,
  })
  return why.data?.data
}

/** Whom to ask, by name where there are any. */
function useAdmins(): string {
  const workspace = useWorkspace()
  const { user } = useSession()
  const people = usePeople()
  const members = useWorkspaceMembers(workspace.id)
  const isAdmin = useReach('workspace:update', workspace.id) !== undefined
  if (isAdmin) return 'an Admin (you are one)'
  const names = (members.data ?? [])
    .filter(({ workspace_role, user_id }) => workspace_role === 'admin' && user_id !== user?.id)
    .slice(0, NAMED_MAX)
    .map(({ user_id }) => personName(people.data, user_id))
  return names.length === 0 ? 'an Admin of this workspace' : names.join(' or ')
}
