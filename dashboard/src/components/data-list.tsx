import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Column, DataTable, OffsetPager } from './data-table.tsx'
import { Loaded } from './loaded.tsx'

interface DataListProps<Row, Answer extends { data: Row[]; total_count?: number }> {
  query: UseQueryResult<Answer, Error>
  /** In a sentence: `Could not load the keys`. */
  what: string
  /** The name of the table, for those who don't see it. */
  caption: string
  columns: readonly Column<Row>[]
  keyOf: (row: Row) => string
  /** In place of a table without rows. */
  empty: ReactNode
  /** What can be done with a list that has rows; `empty` offers it where there are none. */
  action?: ReactNode
  /** Above the table, where there is one. */
  note?: ReactNode
  /** The rows in another order than that of the answer. */
  arrange?: (rows: Row[]) => Row[]
  onOpen?: (row: Row) => void
  isSelected?: (row: Row) => boolean
  page?: { offset: number; size: number; onOffset: (offset: number) => void }
  loadingRows?: number
  folds?: boolean
}

/** A list as its page shows it: while it loads, without rows, as a table with its pager. */
export function DataList<Row, Answer extends { data: Row[]; total_count?: number }>(
  props: DataListProps<Row, Answer>,
): ReactNode {
  const { query, what, loadingRows = 6, empty, action, note, page, arrange = (rows) => rows, ...table } = props
  return (
    <Loaded query={query} what={what} rows={loadingRows}>
      {({ data, total_count = data.length }) =>
        data.length === 0 && (page?.offset ?? 0) === 0 ? (
          empty
        ) : (
          <>
            {action === undefined ? null : <div className="mb-4">{action}</div>}
            {note}
            <DataTable {...table} rows={arrange(data)} isDimmed={query.isPlaceholderData} />
            {page === undefined ? null : <OffsetPager {...page} total={total_count} />}
          </>
        )
      }
    </Loaded>
  )
}
