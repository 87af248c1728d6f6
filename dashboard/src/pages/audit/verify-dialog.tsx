import { CircleCheck, CircleX } from 'lucide-react'
import { AUDIT_OPERATIONS } from '../../../../src/contract/management/audit.ts'
import type { ResponseOf } from '../../../../src/contract/operation.ts'
import { saveText } from '../../analytics/csv.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { FailureNote } from '../../components/states.tsx'
import { formatExactCount } from '../../format/figures.ts'

type Proof = ResponseOf<typeof AUDIT_OPERATIONS.verifyAuditLogs>['data']

/** Recomputes the seals of the whole log and tells what came of it. */
export function VerifyDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const verify = useChange(AUDIT_OPERATIONS.verifyAuditLogs, { refreshes: [] })
  const close = () => {
    verify.reset()
    onClose()
  }
  const proof = verify.data?.data
  return (
    <Dialog
      title="Verify the audit log"
      description="Each entry is hashed together with the one before it, so that nothing can be changed, left out or cut off unseen."
      isOpen={isOpen}
      onClose={close}
    >
      {proof === undefined ? null : <Result proof={proof} />}
      <FailureNote error={verify.error} />
      <DialogActions>
        <Button onClick={close}>Close</Button>
        <Button
          data-operation={AUDIT_OPERATIONS.verifyAuditLogs.id}
          look="primary"
          isBusy={verify.isPending}
          onClick={() => verify.mutate({})}
        >
          {proof === undefined ? 'Verify now' : 'Verify again'}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function Result({ proof }: { proof: Proof }) {
  const { is_intact, rows_checked, heads_checked, fault, head } = proof
  return (
    <div role="status" className="flex flex-col gap-3">
      <p className="flex items-center gap-2 text-lg font-semibold">
        {is_intact ? (
          <CircleCheck aria-hidden className="size-5 text-good" />
        ) : (
          <CircleX aria-hidden className="size-5 text-danger" />
        )}
        {is_intact ? 'The log is intact' : 'The log was tampered with'}
      </p>
      <p className="text-muted">
        {formatExactCount(rows_checked)} entries and {formatExactCount(heads_checked)} noted heads were checked.
      </p>
      {fault === null ? null : (
        <p className="rounded-md bg-danger-soft px-3 py-2 text-danger">
          Entry {fault.sequence}: {fault.message}
        </p>
      )}
      <div>
        <Button
          size="small"
          onClick={() =>
            saveText(`audit-head-${head.sequence}.json`, 'application/json', JSON.stringify(head, null, 2))
          }
        >
          Save the head
        </Button>
        <p className="mt-1 text-sm text-muted">
          Keep it elsewhere: given to a later verification, it proves that the end of the log was not cut off.
        </p>
      </div>
    </div>
  )
}
