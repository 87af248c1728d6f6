import { formatMoney } from '../format/money.ts'
import { classNames } from './class-names.ts'

const WARN_FROM = 0.8

/** How much of a limit is spent, how much running requests hold beyond that, and what is left. All in dollars. */
export function LimitBar({
  label,
  spent,
  held = 0,
  limit,
}: {
  label: string
  spent: number
  held?: number
  limit: number
}) {
  const share = limit === 0 ? 1 : Math.min(1, spent / limit)
  const heldShare = limit === 0 ? 0 : Math.min(1 - share, held / limit)
  const remaining = Math.max(0, limit - spent - held)
  const text = [
    `${formatMoney(spent)} of ${formatMoney(limit)} spent`,
    held > 0 ? `${formatMoney(held)} held` : '',
    `${formatMoney(remaining)} left`,
  ]
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <svg
        role="img"
        aria-label={`${label}: ${text.filter((part) => part !== '').join(', ')}`}
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        className="h-1.5 w-full overflow-hidden rounded-full bg-raised"
      >
        <rect width={share * 100} height="4" className={toneOf(share)} />
        <rect x={share * 100} width={heldShare * 100} height="4" className="fill-line-strong" />
      </svg>
      <span aria-hidden className="figures flex flex-wrap justify-between gap-x-3 text-sm text-muted">
        <span>
          <span className={classNames('text-ink', share >= 1 && 'text-danger')}>{formatMoney(spent)}</span> of{' '}
          {formatMoney(limit)}
        </span>
        <span>{formatMoney(remaining)} left</span>
      </span>
    </div>
  )
}

function toneOf(share: number): string {
  if (share >= 1) return 'fill-danger'
  return share >= WARN_FROM ? 'fill-accent' : 'fill-good'
}
