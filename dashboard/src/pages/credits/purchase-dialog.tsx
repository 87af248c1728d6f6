import { useState } from 'react'
import { CREDIT_OPERATIONS } from '../../../../src/contract/management/credits.ts'
import { PAYMENT_METHOD_OPERATIONS } from '../../../../src/contract/management/payment-methods.ts'
import { isHeldAnywhere } from '../../access/access.ts'
import { useSession } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Dialog } from '../../components/dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { toast } from '../../components/toast.tsx'
import { usePlaces } from '../../frame/use-places.ts'
import { MovementForm } from './movement-form.tsx'

/** Credits that count once they are paid. */
export function PurchaseDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog
      title="Buy credits"
      description="They can be spent once the payment is confirmed."
      isOpen={isOpen}
      onClose={onClose}
    >
      <PurchaseForm onClose={onClose} />
    </Dialog>
  )
}

function PurchaseForm({ onClose }: { onClose: () => void }) {
  const places = usePlaces('credit:purchase')
  const mayReadMethods = isHeldAnywhere(useSession().access, 'payment-method:write')
  const methods = useOperation(
    PAYMENT_METHOD_OPERATIONS.listPaymentMethods,
    { limit: 100 },
    { enabled: mayReadMethods },
  )
  const [place, setPlace] = useState(places[0]?.value ?? '')
  const [method, setMethod] = useState('')
  const usable = (methods.data?.data ?? []).filter(
    ({ status, workspace_id }) => status === 'active' && (workspace_id === null || workspace_id === place),
  )
  const buy = useChange(CREDIT_OPERATIONS.createCreditPurchase, {
    refreshes: [CREDIT_OPERATIONS.listCreditPurchases],
    onDone: () => {
      toast('Ordered. See under purchases how it is paid.')
      onClose()
    },
  })
  return (
    <MovementForm
      operation={CREDIT_OPERATIONS.createCreditPurchase}
      action="Buy credits"
      error={buy.error}
      isBusy={buy.isPending}
      onCancel={onClose}
      onSubmit={(movement) =>
        buy.mutate({
          ...movement,
          workspace_id: place === '' ? null : place,
          payment_method_id: method === '' ? null : method,
        })
      }
    >
      <SelectField
        label="For"
        value={place}
        onChange={(event) => {
          setPlace(event.target.value)
          setMethod('')
        }}
        choices={places}
      />
      {usable.length === 0 ? null : (
        <SelectField
          label="Paid with"
          value={method}
          onChange={(event) => setMethod(event.target.value)}
          choices={[{ value: '', label: 'The default' }, ...usable.map(({ id, name }) => ({ value: id, label: name }))]}
        />
      )}
    </MovementForm>
  )
}
