import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { useReach } from '../../access/session.tsx'
import { RequestFailed } from '../../api/request-failed.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { GuardrailDialog } from './guardrail-dialog.tsx'

/** The default guardrail as long as nobody has said anything in it: there is none to list until then. */
export function DefaultNotice({
  listed,
  isOpen,
  change,
}: {
  /** Those that the page shows; undefined while they are loaded. */
  listed: readonly GuardrailWire[] | undefined
  isOpen: boolean
  change: (changes: Readonly<Record<string, string | undefined>>) => void
}) {
  const workspace = useWorkspace()
  const mayWrite = useReach('guardrail:write', workspace.id) !== undefined
  const id = workspace.default_guardrail_id
  const isListed = listed === undefined || listed.some((guardrail) => guardrail.id === id)
  const found = useOperation(GUARDRAIL_OPERATIONS.getGuardrail, { id }, { enabled: mayWrite && !isListed })
  const isMissing = found.error instanceof RequestFailed && found.error.status === 404
  if (isListed || !mayWrite || !isMissing) return null
  return (
    <section
      aria-label="Default guardrail"
      className="mb-4 flex flex-wrap items-center justify-between gap-3 rounded-md border border-line px-4 py-3"
    >
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          Default guardrail <Badge tone="attention">Whole workspace</Badge>
        </p>
        <p className="text-muted">It holds for every key of {workspace.name}, and says nothing yet.</p>
      </div>
      <Button data-operation={GUARDRAIL_OPERATIONS.updateGuardrail.id} onClick={() => change({ edit: 'default' })}>
        Set it up
      </Button>
      <GuardrailDialog isDefault isOpen={isOpen} onClose={() => change({ edit: undefined })} />
    </section>
  )
}
