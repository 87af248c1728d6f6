import type { LimitState } from '../../domain/limit-state.ts'
import { amountOf, type Limit } from '../lease/chain.ts'
import type { Standing } from '../lease/purse.ts'

/** As a request meets the limit at this place among those of its chain, that holds `own` of it already. What replicas have leased
 *  and don't use isn't known here but of this one. */
export function stateOf(at: number, limit: Limit, { beside, own, room, unposted }: Standing, hold = 0n): LimitState {
  const second = limit.beside === null ? null : beside
  const settled = own.settled + unposted + (second?.settled ?? 0n)
  const held = own.leased - unposted - room - hold + (second?.leased ?? 0n)
  return {
    at,
    amount: amountOf(limit, { own }).toString(),
    settled: settled.toString(),
    held: (held > 0n ? held : 0n).toString(),
  }
}
