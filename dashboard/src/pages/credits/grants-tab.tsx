import { Gift } from 'lucide-react'
import { useState } from 'react'
import { CREDIT_OPERATIONS, type CreditGrantWire } from '../../../../src/contract/management/credits.ts'
import { useOperation } from '../../api/use-operation.ts'
import { type Column, DataTable, OffsetPager } from '../../components/data-table.tsx'
import { Money, When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState } from '../../components/states.tsx'
import { usePlaceName } from '../../frame/use-places.ts'
import { PAGE_SIZE } from './page-size.ts'

/** Credits that nobody paid for. */
export function GrantsTab() {
  const [offset, setOffset] = useState(0)
  const placeName = usePlaceName()
  const grants = useOperation(CREDIT_OPERATIONS.listCreditGrants, { offset, limit: PAGE_SIZE }, { keepsPrevious: true })
  return (
    <Loaded query={grants} what="the grants">
      {({ data, total_count }) =>
        data.length === 0 ? (
          <EmptyState icon={Gift} title="Nothing was given yet">
            An administrator of the organization can give credits that nobody pays for.
          </EmptyState>
        ) : (
          <>
            <DataTable
              caption="Grants"
              columns={columns(placeName)}
              rows={data}
              keyOf={({ id }) => id}
              isDimmed={grants.isPlaceholderData}
            />
            <OffsetPager offset={offset} size={PAGE_SIZE} total={total_count} onOffset={setOffset} />
          </>
        )
      }
    </Loaded>
  )
}

function columns(placeName: (workspaceId: string | null) => string): readonly Column<CreditGrantWire>[] {
  return [
    { id: 'when', header: 'When', cell: ({ created_at }) => <When iso={created_at} /> },
    { id: 'amount', header: 'Amount', align: 'right', cell: ({ amount_usd }) => <Money amount={amount_usd} /> },
    { id: 'to', header: 'To', cell: ({ workspace_id }) => placeName(workspace_id) },
    { id: 'note', header: 'Note', from: 'sm', cell: ({ note }) => <span className="break-words">{note ?? '–'}</span> },
  ]
}
