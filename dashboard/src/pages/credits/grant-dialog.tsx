import { useState } from 'react'
import { CREDIT_OPERATIONS } from '../../../../src/contract/management/credits.ts'
import { getCredits } from '../../../../src/contract/management/organization.ts'
import { useChange } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { toast } from '../../components/toast.tsx'
import { usePlaces } from '../../frame/use-places.ts'
import { MovementForm } from './movement-form.tsx'

/** Credits that nobody pays for. */
export function GrantDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const places = usePlaces('credit:grant')
  const [place, setPlace] = useState('')
  const grant = useChange(CREDIT_OPERATIONS.createCreditGrant, {
    refreshes: [CREDIT_OPERATIONS.listCreditGrants, CREDIT_OPERATIONS.listCreditTransfers, getCredits],
    onDone: () => {
      toast('Given. They can be spent now.')
      onClose()
    },
  })
  return (
    <Dialog title="Give credits" description="Nobody pays for them." isOpen={isOpen} onClose={onClose}>
      <MovementForm
        operation={CREDIT_OPERATIONS.createCreditGrant}
        action="Give credits"
        error={grant.error}
        isBusy={grant.isPending}
        onCancel={onClose}
        onSubmit={(movement) => grant.mutate({ ...movement, workspace_id: place === '' ? null : place })}
      >
        <SelectField
          label="To"
          hint="A workspace gets them into a pool of its own."
          value={place}
          onChange={(event) => setPlace(event.target.value)}
          choices={places}
        />
      </MovementForm>
    </Dialog>
  )
}
