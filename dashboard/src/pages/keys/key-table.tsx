import type { KeyWire } from '../../../../src/contract/management/keys.ts'
import { Badge } from '../../components/badge.tsx'
import type { Column } from '../../components/data-table.tsx'
import { Money, When } from '../../components/figures.tsx'
import { LimitBar } from '../../components/limit-bar.tsx'
import { Sparkline } from '../../components/sparkline.tsx'
import { formatCount } from '../../format/figures.ts'
import { formatMoney } from '../../format/money.ts'
import { KeyStateDot } from './key-state-dot.tsx'
import { typeTitle } from './key-types.ts'
import type { KeyUsage } from './use-key-usage.ts'

interface KeyColumnsOptions {
  open: (hash: string) => void
  /** Undefined for whoever may not see it, and while it is loaded. */
  usageOf: ((hash: string) => KeyUsage | undefined) | undefined
}

export function keyColumns({ open, usageOf }: KeyColumnsOptions): readonly Column<KeyWire>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      cell: ({ name, label, hash }) => (
        <button
          type="button"
          onClick={() => open(hash)}
          className="flex max-w-72 min-w-36 flex-col text-left hover:text-accent-text"
        >
          <span className="max-w-full truncate font-medium" title={name}>
            {name}
          </span>
          <span className="font-mono text-xs text-muted">{label}</span>
        </button>
      ),
    },
    { id: 'state', header: 'State', cell: (key) => <KeyStateDot wire={key} /> },
    { id: 'type', header: 'Type', from: 'md', cell: (key) => <Badge>{typeTitle(key)}</Badge> },
    { id: 'spent', header: 'Spent', align: 'right', from: 'sm', cell: ({ usage }) => <Money amount={usage} /> },
    {
      id: 'usage',
      header: 'Last 30 days',
      align: 'right',
      from: 'lg',
      cell: ({ hash, name }) => <Usage name={name} usage={usageOf?.(hash)} />,
    },
    { id: 'limit', header: 'Limit', from: 'md', cell: (key) => <KeyLimit wire={key} /> },
    {
      id: 'created',
      header: 'Created',
      align: 'right',
      from: 'lg',
      cell: ({ created_at }) => <When iso={created_at} />,
    },
  ]
}

function Usage({ name, usage }: { name: string; usage: KeyUsage | undefined }) {
  if (usage === undefined) return null
  const { requests, spend, total } = usage
  const said = `${formatMoney(total)} in ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`
  return (
    <span className="inline-flex items-center gap-3 align-middle" title={said}>
      <Sparkline label={`${name}, last 30 days: ${said}`} values={spend} />
      <span className="min-w-16">
        <Money amount={total} />
      </span>
    </span>
  )
}

/** What is used of the key's own limit in the window that runs. */
export function KeyLimit({ wire: { limit, limit_remaining, limit_reset, name, pending } }: { wire: KeyWire }) {
  if (limit === null) return <span className="text-muted">none of its own</span>
  const spent = Math.max(0, limit - (limit_remaining ?? limit))
  return (
    <div className="w-60">
      <LimitBar label={`Limit of ${name}, ${limit_reset ?? 'for good'}`} spent={spent} held={pending} limit={limit} />
    </div>
  )
}
