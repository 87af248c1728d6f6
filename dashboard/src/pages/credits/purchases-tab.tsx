import { ReceiptText } from 'lucide-react'
import { useState } from 'react'
import { CREDIT_OPERATIONS, type CreditPurchaseWire } from '../../../../src/contract/management/credits.ts'
import { getCredits } from '../../../../src/contract/management/organization.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Badge, type Tone } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyText } from '../../components/copy-text.tsx'
import { type Column, DataTable, OffsetPager } from '../../components/data-table.tsx'
import { Money, When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { formatMoney } from '../../format/money.ts'
import { usePlaceName } from '../../frame/use-places.ts'
import { PAGE_SIZE } from './page-size.ts'

const STATES: Readonly<Record<CreditPurchaseWire['status'], { label: string; tone: Tone }>> = {
  pending: { label: 'Not paid yet', tone: 'attention' },
  completed: { label: 'Paid', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
}

/** What was bought. What is paid by bank transfer is confirmed here by whoever may give credits. */
export function PurchasesTab() {
  const [offset, setOffset] = useState(0)
  const [confirmed, setConfirmed] = useState<CreditPurchaseWire>()
  const mayConfirm = useReach('credit:grant') !== undefined
  const placeName = usePlaceName()
  const purchases = useOperation(
    CREDIT_OPERATIONS.listCreditPurchases,
    { offset, limit: PAGE_SIZE },
    { keepsPrevious: true, everyMs: 30_000 },
  )
  return (
    <Loaded query={purchases} what="the purchases">
      {({ data, total_count }) =>
        data.length === 0 ? (
          <EmptyState icon={ReceiptText} title="Nothing was bought yet">
            Credits that are bought can be spent by all workspaces that have no pool of their own.
          </EmptyState>
        ) : (
          <>
            <DataTable
              caption="Purchases"
              columns={columns(placeName, mayConfirm ? setConfirmed : undefined)}
              rows={data}
              keyOf={({ id }) => id}
              isDimmed={purchases.isPlaceholderData}
            />
            <OffsetPager offset={offset} size={PAGE_SIZE} total={total_count} onOffset={setOffset} />
            <ConfirmPayment purchase={confirmed} onClose={() => setConfirmed(undefined)} />
          </>
        )
      }
    </Loaded>
  )
}

function columns(
  placeName: (workspaceId: string | null) => string,
  confirm: ((purchase: CreditPurchaseWire) => void) | undefined,
): readonly Column<CreditPurchaseWire>[] {
  return [
    { id: 'when', header: 'When', cell: ({ created_at }) => <When iso={created_at} /> },
    { id: 'amount', header: 'Amount', align: 'right', cell: ({ amount_usd }) => <Money amount={amount_usd} /> },
    {
      id: 'state',
      header: 'State',
      cell: ({ status, failure, refunded_usd }) => (
        <span className="flex flex-col items-start gap-0.5">
          <Badge tone={STATES[status].tone}>{STATES[status].label}</Badge>
          {failure === null ? null : <span className="max-w-56 text-sm text-danger">{failure}</span>}
          {refunded_usd === 0 ? null : <span className="text-sm text-muted">{formatMoney(refunded_usd)} returned</span>}
        </span>
      ),
    },
    {
      id: 'for',
      header: 'For',
      from: 'md',
      cell: ({ workspace_id, note }) => (
        <span className="flex max-w-56 flex-col">
          <span className="truncate">{placeName(workspace_id)}</span>
          {note === null ? null : <span className="truncate text-sm text-muted">{note}</span>}
        </span>
      ),
    },
    {
      id: 'reference',
      header: 'Write on the transfer',
      from: 'lg',
      cell: ({ payment_reference }) => (payment_reference === null ? '–' : <CopyText text={payment_reference} />),
    },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (purchase) => <PurchaseAction purchase={purchase} confirm={confirm} />,
    },
  ]
}

function PurchaseAction({
  purchase,
  confirm,
}: {
  purchase: CreditPurchaseWire
  confirm: ((purchase: CreditPurchaseWire) => void) | undefined
}) {
  if (purchase.status !== 'pending') return null
  if (purchase.checkout_url !== null)
    return (
      <a
        href={purchase.checkout_url}
        target="_blank"
        rel="noreferrer"
        className="text-accent-text underline underline-offset-2"
      >
        Pay
      </a>
    )
  if (purchase.provider !== 'manual' || confirm === undefined) return null
  return (
    <Button data-operation={CREDIT_OPERATIONS.confirmCreditPurchase.id} size="small" onClick={() => confirm(purchase)}>
      Confirm payment
    </Button>
  )
}

function ConfirmPayment({ purchase, onClose }: { purchase: CreditPurchaseWire | undefined; onClose: () => void }) {
  const confirm = useChange(CREDIT_OPERATIONS.confirmCreditPurchase, {
    refreshes: [CREDIT_OPERATIONS.listCreditPurchases, CREDIT_OPERATIONS.listCreditTransfers, getCredits],
    onDone: () => {
      toast('Confirmed. The credits can be spent now.')
      onClose()
    },
  })
  return (
    <ConfirmDialog
      operation={CREDIT_OPERATIONS.confirmCreditPurchase}
      title="Confirm the payment"
      action="It was paid"
      isOpen={purchase !== undefined}
      isBusy={confirm.isPending}
      error={confirm.error}
      onConfirm={() => {
        if (purchase !== undefined) confirm.mutate({ id: purchase.id })
      }}
      onClose={onClose}
    >
      <p>
        {purchase === undefined ? '' : formatMoney(purchase.amount_usd)} have arrived outside of Switchyard. The credits
        count from now on; this can not be taken back.
      </p>
    </ConfirmDialog>
  )
}
