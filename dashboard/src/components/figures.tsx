import { useEffect, useState } from 'react'
import { formatCount, formatExactCount } from '../format/figures.ts'
import { formatExactMoney, formatMoney } from '../format/money.ts'
import { formatInstant, formatRelative } from '../format/time.ts'

const TICK_MS = 30_000

/** Dollars, all decimals of which show when pointed at. */
export function Money({ amount }: { amount: number }) {
  return (
    <span className="figures" title={formatExactMoney(amount)}>
      {formatMoney(amount)}
    </span>
  )
}

export function Count({ count }: { count: number }) {
  return (
    <span className="figures" title={formatExactCount(count)}>
      {formatCount(count)}
    </span>
  )
}

/** How long ago, with the instant in UTC when pointed at; keeps up with the time. */
export function When({ iso }: { iso: string }) {
  const now = useNow()
  return (
    <time dateTime={iso} title={formatInstant(iso)} className="figures whitespace-nowrap">
      {formatRelative(iso, now)}
    </time>
  )
}

export function useNow(everyMs = TICK_MS): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
