import { Check, Circle } from 'lucide-react'
import { listKeys } from '../../../../src/contract/management/keys.ts'
import { LOG_OPERATIONS } from '../../../../src/contract/management/logs.ts'
import { listWorkspaceMembers, type WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { ButtonLink } from '../../components/button.tsx'

/** What a new workspace needs, until it has it: a key, a request, company. */
export function FirstSteps({ workspace }: { workspace: WorkspaceWire }) {
  const mayMakeKeys = useReach('key:create', workspace.id) !== undefined
  const maySeeLogs = useReach('log:read', workspace.id) !== undefined
  const mayInvite = useReach('member:write', workspace.id) !== undefined
  const isOn = mayMakeKeys && maySeeLogs
  const keys = useOperation(listKeys, { workspace_id: workspace.id }, { enabled: isOn })
  const logs = useOperation(LOG_OPERATIONS.listLogs, { workspace_id: workspace.id, limit: 1 }, { enabled: isOn })
  const members = useOperation(listWorkspaceMembers, { id: workspace.id, limit: 2 }, { enabled: isOn && mayInvite })
  if (keys.data === undefined || logs.data === undefined || logs.data.data.length > 0) return null
  const at = `/workspaces/${workspace.slug}`
  return (
    <section aria-labelledby="first-steps" className="mb-8 rounded-md border border-line-strong px-4 py-3">
      <h2 id="first-steps" className="text-lg font-semibold">
        First steps
      </h2>
      <ol className="mt-2 flex flex-col divide-y divide-line">
        <Step isDone={keys.data.data.length > 0} text="Generate a key" to={`${at}/keys`} search={{ create: 'yes' }} />
        <Step isDone={false} text="Send a first request: the key's dialog has ready snippets" to={`${at}/keys`} />
        {mayInvite ? (
          <Step isDone={(members.data?.total_count ?? 0) > 1} text="Invite your team" to={`${at}/members`} />
        ) : null}
      </ol>
    </section>
  )
}

function Step({
  isDone,
  text,
  to,
  search,
}: {
  isDone: boolean
  text: string
  to: string
  search?: Record<string, string>
}) {
  return (
    <li className="flex min-h-11 items-center gap-3">
      {isDone ? (
        <Check aria-label="Done" className="size-4 text-good" />
      ) : (
        <Circle aria-label="To do" className="size-4 text-faint" />
      )}
      <span className={isDone ? 'flex-1 text-muted' : 'flex-1'}>{text}</span>
      {isDone ? null : (
        <ButtonLink to={to} size="small" {...(search === undefined ? {} : { search })}>
          Go
          <span className="sr-only">: {text}</span>
        </ButtonLink>
      )}
    </li>
  )
}
