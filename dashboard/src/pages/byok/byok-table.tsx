import { ArrowDown, ArrowUp } from 'lucide-react'
import { BYOK_OPERATIONS, type ByokKeyWire } from '../../../../src/contract/management/byok.ts'
import { Badge, StatusDot } from '../../components/badge.tsx'
import { IconButton } from '../../components/button.tsx'
import type { Column } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'

interface TableOptions {
  /** All rows, in their order. */
  rows: readonly ByokKeyWire[]
  workspaceId: string
  open: (id: string) => void
  /** Absent for whoever may not. */
  move?: (ordered: readonly ByokKeyWire[]) => void
  isBusy: boolean
}

/** As they are used: by provider, a workspace's own before those of the whole organization. */
export function inOrder(rows: readonly ByokKeyWire[], workspaceId: string): ByokKeyWire[] {
  return rows.toSorted(
    (a, b) =>
      a.provider.localeCompare(b.provider) ||
      Number(a.workspace_id !== workspaceId) - Number(b.workspace_id !== workspaceId) ||
      a.sort_order - b.sort_order ||
      a.created_at.localeCompare(b.created_at),
  )
}

export function byokTitle({ name, label }: Pick<ByokKeyWire, 'name' | 'label'>): string {
  return name ?? label
}

export function byokColumns({ rows, workspaceId, open, move, isBusy }: TableOptions): readonly Column<ByokKeyWire>[] {
  const columns: Column<ByokKeyWire>[] = [
    {
      id: 'provider',
      header: 'Provider',
      cell: ({ provider }) => <span className="font-mono text-sm">{provider}</span>,
    },
    {
      id: 'name',
      header: 'Name',
      cell: (wire) => (
        <button
          type="button"
          onClick={() => open(wire.id)}
          className="flex max-w-64 min-w-28 flex-col text-left hover:text-accent-text"
        >
          <span className="max-w-full truncate font-medium" title={byokTitle(wire)}>
            {byokTitle(wire)}
          </span>
          <span className="font-mono text-xs text-muted">{wire.label}</span>
        </button>
      ),
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ disabled }) => <StatusDot tone={disabled ? 'plain' : 'good'} label={disabled ? 'Disabled' : 'In use'} />,
    },
    { id: 'how', header: 'How it is used', from: 'md', cell: (wire) => <Uses wire={wire} workspaceId={workspaceId} /> },
    { id: 'added', header: 'Added', align: 'right', from: 'lg', cell: ({ created_at }) => <When iso={created_at} /> },
  ]
  if (move === undefined) return columns
  return [
    ...columns,
    {
      id: 'order',
      header: 'Order',
      isHeaderHidden: true,
      align: 'right',
      cell: (wire) => <Mover wire={wire} rows={rows} move={move} isBusy={isBusy} />,
    },
  ]
}

function Uses({ wire, workspaceId }: { wire: ByokKeyWire; workspaceId: string }) {
  const words = [
    wire.workspace_id === workspaceId ? '' : 'All workspaces',
    wire.is_fallback ? 'Fallback' : '',
    wire.is_required ? 'Required' : '',
    wire.is_byok_only ? 'Nothing else at the provider' : '',
    wire.allowed_models === null ? '' : 'Some models',
    wire.allowed_user_ids === null ? '' : 'Some members',
    wire.allowed_api_key_hashes === null ? '' : 'Some keys',
  ].filter((word) => word !== '')
  if (words.length === 0) return <span className="text-muted">for everything</span>
  return (
    <span className="flex flex-wrap gap-1">
      {words.map((word) => (
        <Badge key={word}>{word}</Badge>
      ))}
    </span>
  )
}

/** Among those of the same provider and place. */
function Mover({
  wire,
  rows,
  move,
  isBusy,
}: Pick<TableOptions, 'rows' | 'isBusy'> & { wire: ByokKeyWire; move: (ordered: readonly ByokKeyWire[]) => void }) {
  const group = rows.filter(
    ({ provider, workspace_id }) => provider === wire.provider && workspace_id === wire.workspace_id,
  )
  if (group.length < 2) return null
  const at = group.findIndex(({ id }) => id === wire.id)
  const moveTo = (to: number) => {
    const others = group.filter(({ id }) => id !== wire.id)
    move([...others.slice(0, to), wire, ...others.slice(to)])
  }
  return (
    <span className="inline-flex">
      <IconButton
        data-operation={BYOK_OPERATIONS.updateBYOKKey.id}
        label={`Use ${byokTitle(wire)} earlier`}
        disabled={isBusy || at === 0}
        onClick={() => moveTo(at - 1)}
      >
        <ArrowUp />
      </IconButton>
      <IconButton
        data-operation={BYOK_OPERATIONS.updateBYOKKey.id}
        label={`Use ${byokTitle(wire)} later`}
        disabled={isBusy || at === group.length - 1}
        onClick={() => moveTo(at + 1)}
      >
        <ArrowDown />
      </IconButton>
    </span>
  )
}
