import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { MouseEvent, ReactNode } from 'react'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'

export interface Column<Row> {
  id: string
  header: string
  cell: (row: Row) => ReactNode
  /** Figures stand at the right. */
  align?: 'right'
  /** Left out on screens narrower than this. */
  from?: 'sm' | 'md' | 'lg'
  /** For what is only a menu or a switch. */
  isHeaderHidden?: boolean
}

interface DataTableProps<Row> {
  /** What the table lists, for those who don't see it. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
  /** Opens the details of a row. The first column's content should be a link or button for the keyboard. */
  onOpen?: (row: Row) => void
  isSelected?: (row: Row) => boolean
  isDimmed?: boolean
  /** On a phone a row folds onto several lines, for what must be in reach there and stands at its end. */
  folds?: boolean
}

const FOLDED =
  'max-sm:block max-sm:[&_thead]:sr-only max-sm:[&_tbody]:block max-sm:[&_tr]:flex max-sm:[&_tr]:flex-wrap max-sm:[&_tr]:items-center max-sm:[&_tr]:gap-x-3 max-sm:[&_tr]:gap-y-1.5 max-sm:[&_tr]:py-3 max-sm:[&_td]:p-0!'
const FROM = { sm: 'max-sm:hidden', md: 'max-md:hidden', lg: 'max-lg:hidden' }

/** Rows under hairlines. Scrolls sideways in itself where there is no room. */
export function DataTable<Row>({ caption, columns, rows, keyOf, onOpen, ...rest }: DataTableProps<Row>) {
  const { isSelected = () => false, isDimmed = false, folds = false } = rest
  return (
    <section
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      className={classNames(
        'relative overflow-x-auto border-y border-line transition-opacity',
        isDimmed && 'opacity-60',
      )}
    >
      <table className={classNames('w-full border-collapse text-left', folds && FOLDED)}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={classNames(cellClass(column), 'py-2 font-medium whitespace-nowrap')}
              >
                <span className={column.isHeaderHidden === true ? 'sr-only' : undefined}>{column.header}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={keyOf(row)}
              onClick={onOpen === undefined ? undefined : (event) => openUnlessControl(event, () => onOpen(row))}
              className={classNames(
                'border-b border-line last:border-b-0',
                onOpen !== undefined && 'cursor-pointer hover:bg-raised',
                isSelected(row) && 'bg-raised',
              )}
            >
              {columns.map((column) => (
                <td key={column.id} className={classNames(cellClass(column), 'py-2.5')}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function cellClass<Row>({ align, from }: Column<Row>): string {
  return classNames('px-3 first:pl-1 last:pr-1', align === 'right' && 'text-right', from !== undefined && FROM[from])
}

function openUnlessControl(event: MouseEvent, open: () => void): void {
  const isControl = event.target instanceof Element && event.target.closest('a, button, input, select, label') !== null
  if (!isControl) open()
}

interface PagerProps {
  /** What is shown, such as `1–50 of 312`. */
  summary: string
  onBack?: (() => void) | undefined
  onNext?: (() => void) | undefined
}

/** Absent handlers are ends of the list. */
export function Pager({ summary, onBack, onNext }: PagerProps) {
  if (onBack === undefined && onNext === undefined && summary === '') return null
  return (
    <nav aria-label="Pages" className="flex items-center justify-between gap-4 pt-3 text-sm text-muted">
      <span className="figures">{summary}</span>
      <span className="flex gap-2">
        <Button size="small" disabled={onBack === undefined} onClick={onBack}>
          <ChevronLeft />
          Back
        </Button>
        <Button size="small" disabled={onNext === undefined} onClick={onNext}>
          Next
          <ChevronRight />
        </Button>
      </span>
    </nav>
  )
}

/** The pager of a list that counts its rows. */
export function OffsetPager({
  offset,
  size,
  total,
  onOffset,
}: {
  offset: number
  size: number
  total: number
  onOffset: (offset: number) => void
}) {
  if (total <= size && offset === 0) return null
  const end = Math.min(offset + size, total)
  return (
    <Pager
      summary={`${Math.min(offset + 1, total)}–${end} of ${total}`}
      onBack={offset > 0 ? () => onOffset(Math.max(0, offset - size)) : undefined}
      onNext={end < total ? () => onOffset(offset + size) : undefined}
    />
  )
}
