import { ArrowLeftRight } from 'lucide-react'
import { useState } from 'react'
import { CREDIT_OPERATIONS, type CreditTransferWire } from '../../../../src/contract/management/credits.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { type Column, DataTable, OffsetPager } from '../../components/data-table.tsx'
import { SelectField } from '../../components/field.tsx'
import { Money, When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState } from '../../components/states.tsx'
import { usePlaces } from '../../frame/use-places.ts'
import { useWorkspaces } from '../../frame/workspaces.tsx'
import { PAGE_SIZE } from './page-size.ts'
import { TransferDialog } from './transfer-dialog.tsx'

/** What lies in a workspace's own pool, and how it got there. */
export function PoolsTab() {
  const dedicated = new Set(useWorkspaces().flatMap(({ id, credit_pool }) => (credit_pool === 'dedicated' ? [id] : [])))
  const places = usePlaces('credit:read').filter(({ value }) => dedicated.has(value))
  const [chosen, setChosen] = useState<string>()
  const id = chosen ?? places[0]?.value
  if (id === undefined)
    return (
      <EmptyState icon={ArrowLeftRight} title="No workspace has a pool">
        All spend what the organization has. A workspace can be given a pool of its own when it is created.
      </EmptyState>
    )
  return (
    <div className="flex flex-col gap-4">
      <div className="w-64 max-w-full">
        <SelectField
          label="Workspace"
          value={id}
          onChange={(event) => setChosen(event.target.value)}
          choices={places}
        />
      </div>
      <Pool key={id} id={id} />
    </div>
  )
}

function Pool({ id }: { id: string }) {
  const [offset, setOffset] = useState(0)
  const [isOpen, setOpen] = useState(false)
  const mayTransfer = useReach('credit:transfer', id) !== undefined
  const transfers = useOperation(
    CREDIT_OPERATIONS.listCreditTransfers,
    { id, offset, limit: PAGE_SIZE },
    { keepsPrevious: true },
  )
  return (
    <Loaded query={transfers} what="the pool" rows={3}>
      {({ data, total_count, balance_usd }) => (
        <>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p>
              In its pool: <strong className="text-lg">{<Money amount={balance_usd} />}</strong>
            </p>
            {mayTransfer ? (
              <Button data-operation={CREDIT_OPERATIONS.createCreditTransfer.id} onClick={() => setOpen(true)}>
                Transfer
              </Button>
            ) : null}
          </div>
          {data.length === 0 ? (
            <p className="border-y border-line py-8 text-center text-muted">
              Nothing was transferred yet: the workspace can spend nothing until its pool is filled.
            </p>
          ) : (
            <DataTable caption="Transfers" columns={COLUMNS} rows={data} keyOf={(transfer) => transfer.id} />
          )}
          <OffsetPager offset={offset} size={PAGE_SIZE} total={total_count} onOffset={setOffset} />
          <TransferDialog id={id} isOpen={isOpen} onClose={() => setOpen(false)} />
        </>
      )}
    </Loaded>
  )
}

const COLUMNS: readonly Column<CreditTransferWire>[] = [
  { id: 'when', header: 'When', cell: ({ created_at }) => <When iso={created_at} /> },
  { id: 'amount', header: 'Amount', align: 'right', cell: ({ amount_usd }) => <Money amount={amount_usd} /> },
  {
    id: 'direction',
    header: 'Direction',
    cell: ({ direction }) => (direction === 'to_workspace' ? 'Into the pool' : 'Back to the organization'),
  },
  { id: 'note', header: 'Note', from: 'sm', cell: ({ note }) => <span className="break-words">{note ?? '–'}</span> },
]
