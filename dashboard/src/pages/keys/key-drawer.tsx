import { Link } from '@tanstack/react-router'
import { getKey } from '../../../../src/contract/management/keys.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { CopyText } from '../../components/copy-text.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Fact, Facts } from '../../components/facts.tsx'
import { Money, When } from '../../components/figures.tsx'
import { ErrorState, LoadingRows } from '../../components/states.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { KeyActions } from './key-actions.tsx'
import { KeyRotation } from './key-rotation.tsx'
import { KeyStateDot } from './key-state-dot.tsx'
import { KeyLimit } from './key-table.tsx'
import { typeTitle } from './key-types.ts'

/** One key: what it may, what it spent, and what can be done with it. */
export function KeyDrawer({
  hash,
  onClose,
  onRotated,
}: {
  hash: string | undefined
  onClose: () => void
  /** It has another hash now. */
  onRotated: (hash: string) => void
}) {
  return (
    <Dialog title="Key" place="side" isOpen={hash !== undefined} onClose={onClose}>
      {hash === undefined ? null : <KeyDetails hash={hash} onDeleted={onClose} onRotated={onRotated} />}
    </Dialog>
  )
}

function KeyDetails({
  hash,
  onDeleted,
  onRotated,
}: {
  hash: string
  onDeleted: () => void
  onRotated: (hash: string) => void
}) {
  const key = useOperation(getKey, { hash })
  const { slug } = useWorkspace()
  if (key.isPending) return <LoadingRows label="the key" rows={4} />
  if (key.isError) return <ErrorState error={key.error} retry={() => void key.refetch()} what="the key" />
  const wire = key.data.data
  return (
    <div className="flex flex-col gap-5">
      <div className="min-w-0">
        <h3 className="text-lg font-semibold break-words">{wire.name}</h3>
        <p className="mt-1 flex flex-wrap items-center gap-3">
          <KeyStateDot wire={wire} />
          <Badge>{typeTitle(wire)}</Badge>
        </p>
      </div>
      <KeyActions wire={wire} onDeleted={onDeleted} onRotated={onRotated} />
      <Facts>
        <Fact name="Hash">
          <CopyText text={wire.hash} />
        </Fact>
        <Fact name="Reads as">
          <span className="font-mono text-sm">{wire.label}</span>
        </Fact>
        <Fact name="Spent in all">
          <Money amount={wire.usage} />
        </Fact>
        <Fact name="Today · this week · this month">
          <Money amount={wire.usage_daily} /> · <Money amount={wire.usage_weekly} /> ·{' '}
          <Money amount={wire.usage_monthly} />
        </Fact>
        <Fact name="Limit">
          <KeyLimit wire={wire} />
        </Fact>
        <Fact name="Requests a minute">
          {wire.effective_rate_limit_rpm === 0 ? 'no limit' : wire.effective_rate_limit_rpm.toLocaleString('en-US')}
        </Fact>
        <Fact name="Models">{wire.allowed_models === null ? 'all' : <List items={wire.allowed_models} />}</Fact>
        <Fact name="Addresses">{wire.allowed_ips === null ? 'all' : <List items={wire.allowed_ips} />}</Fact>
        <Fact name="Created">
          <When iso={wire.created_at} />
        </Fact>
        <Fact name="Expires">{wire.expires_at === null ? 'never' : <When iso={wire.expires_at} />}</Fact>
      </Facts>
      <KeyRotation wire={wire} />
      <Link
        to={`/workspaces/${slug}/logs`}
        search={{ api_key_hash: wire.hash } as never}
        className="text-accent-text underline underline-offset-2"
      >
        Its requests
      </Link>
    </div>
  )
}

function List({ items }: { items: readonly string[] }) {
  return <span className="font-mono text-sm break-all">{items.join(', ')}</span>
}
