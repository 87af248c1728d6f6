import { useState } from 'react'
import { CREDIT_OPERATIONS } from '../../../../src/contract/management/credits.ts'
import { getCredits } from '../../../../src/contract/management/organization.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { toast } from '../../components/toast.tsx'
import { MovementForm } from './movement-form.tsx'

/** Between the organization and the pool of a workspace, either way. */
export function TransferDialog({ id, isOpen, onClose }: { id: string; isOpen: boolean; onClose: () => void }) {
  const [direction, setDirection] = useState<'to_workspace' | 'to_organization'>('to_workspace')
  const transfer = useChange(CREDIT_OPERATIONS.createCreditTransfer, {
    refreshes: [CREDIT_OPERATIONS.listCreditTransfers, getCredits],
    onDone: () => {
      toast('Transferred.')
      onClose()
    },
  })
  return (
    <Dialog
      title="Transfer credits"
      description="A workspace with a pool of its own spends that and nothing else."
      isOpen={isOpen}
      onClose={onClose}
    >
      <MovementForm
        operation={CREDIT_OPERATIONS.createCreditTransfer}
        action="Transfer"
        error={transfer.error}
        isBusy={transfer.isPending}
        onCancel={onClose}
        onSubmit={(movement) => transfer.mutate({ id, direction, ...movement })}
      >
        <SelectField
          label="Direction"
          value={direction}
          onChange={(event) => setDirection(event.target.value as typeof direction)}
          choices={[
            { value: 'to_workspace', label: 'From the organization into the pool' },
            { value: 'to_organization', label: 'From the pool back to the organization' },
          ]}
        />
      </MovementForm>
    </Dialog>
  )
}
