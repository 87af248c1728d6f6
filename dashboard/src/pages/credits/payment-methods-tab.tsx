import { CreditCard, Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import {
  PAYMENT_METHOD_OPERATIONS,
  type PaymentMethodWire,
} from '../../../../src/contract/management/payment-methods.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { usePlaceName, usePlaces } from '../../frame/use-places.ts'

const { listPaymentMethods, createPaymentMethod, updatePaymentMethod, deletePaymentMethod } = PAYMENT_METHOD_OPERATIONS

/** How purchases are paid. */
export function PaymentMethodsTab() {
  const [isAdding, setAdding] = useState(false)
  const [deleted, setDeleted] = useState<PaymentMethodWire>()
  const placeName = usePlaceName()
  const methods = useOperation(listPaymentMethods, { limit: 100 })
  const makeDefault = useChange(updatePaymentMethod, { refreshes: [listPaymentMethods] })
  const remove = useChange(deletePaymentMethod, {
    refreshes: [listPaymentMethods],
    onDone: () => {
      toast('Deleted. What was paid with it stays.')
      setDeleted(undefined)
    },
  })
  const add = (
    <Button data-operation={createPaymentMethod.id} onClick={() => setAdding(true)}>
      <Plus aria-hidden />
      Add a payment method
    </Button>
  )
  return (
    <>
      <FailureNote error={makeDefault.error} />
      <Loaded query={methods} what="the payment methods" rows={2}>
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState icon={CreditCard} title="No payment method" action={add}>
              A card, or a name for payments that arrive outside, such as by bank transfer.
            </EmptyState>
          ) : (
            <div className="flex flex-col items-start gap-4">
              {add}
              <div className="w-full">
                <DataTable
                  caption="Payment methods"
                  columns={columns(placeName, {
                    onDefault: ({ id }) => makeDefault.mutate({ id, is_default: true }),
                    onDelete: setDeleted,
                  })}
                  rows={data}
                  keyOf={({ id }) => id}
                />
              </div>
            </div>
          )
        }
      </Loaded>
      <Dialog title="Add a payment method" isOpen={isAdding} onClose={() => setAdding(false)}>
        <AddForm onClose={() => setAdding(false)} />
      </Dialog>
      <ConfirmDialog
        operation={deletePaymentMethod}
        title="Delete the payment method"
        action="Delete"
        isOpen={deleted !== undefined}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (deleted !== undefined) remove.mutate({ id: deleted.id })
        }}
        onClose={() => setDeleted(undefined)}
      >
        <p>{deleted?.name} can not be paid with any more. What was paid with it stays.</p>
      </ConfirmDialog>
    </>
  )
}

function columns(
  placeName: (workspaceId: string | null) => string,
  { onDefault, onDelete }: Record<'onDefault' | 'onDelete', (method: PaymentMethodWire) => void>,
): readonly Column<PaymentMethodWire>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      cell: ({ name, card, is_default }) => (
        <span className="flex flex-col items-start gap-0.5">
          <span className="flex items-center gap-2 font-medium">
            {name}
            {is_default ? <Badge>Default</Badge> : null}
          </span>
          {card === null ? null : (
            <span className="figures text-sm text-muted">
              {card.brand} ending in {card.last4}, until {card.exp_month}/{card.exp_year}
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ status, setup_url }) =>
        status === 'pending' && setup_url !== null ? (
          <a
            href={setup_url}
            target="_blank"
            rel="noreferrer"
            className="text-accent-text underline underline-offset-2"
          >
            Leave a card
          </a>
        ) : (
          <Badge tone={status === 'active' ? 'good' : status === 'failed' ? 'bad' : 'attention'}>{status}</Badge>
        ),
    },
    { id: 'of', header: 'Of', from: 'md', cell: ({ workspace_id }) => placeName(workspace_id) },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (method) => (
        <span className="flex flex-wrap justify-end gap-2">
          {method.is_default || method.status !== 'active' ? null : (
            <Button data-operation={updatePaymentMethod.id} size="small" onClick={() => onDefault(method)}>
              Make default
            </Button>
          )}
          <Button
            data-operation={deletePaymentMethod.id}
            size="small"
            className="text-danger"
            onClick={() => onDelete(method)}
          >
            Delete
          </Button>
        </span>
      ),
    },
  ]
}

function AddForm({ onClose }: { onClose: () => void }) {
  const places = usePlaces('payment-method:write')
  const [place, setPlace] = useState(places[0]?.value ?? '')
  const [provider, setProvider] = useState<PaymentMethodWire['provider']>('manual')
  const [name, setName] = useState('')
  const add = useChange(createPaymentMethod, { refreshes: [listPaymentMethods], onDone: onClose })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate({ provider, name: name.trim(), workspace_id: place === '' ? null : place })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField label="Name" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      <SelectField
        label="Kind"
        value={provider}
        onChange={(event) => setProvider(event.target.value as typeof provider)}
        choices={[
          { value: 'manual', label: 'Bank transfer or the like, confirmed by hand' },
          { value: 'stripe', label: 'Card, by Stripe' },
        ]}
      />
      <SelectField label="Of" value={place} onChange={(event) => setPlace(event.target.value)} choices={places} />
      <FailureNote error={add.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button data-operation={createPaymentMethod.id} type="submit" look="primary" isBusy={add.isPending}>
          Add
        </Button>
      </DialogActions>
    </form>
  )
}
