import type { BudgetAccount } from './account.ts'
import { type Claim, exactly } from './claim.ts'
import type { ProofOptions } from './prove-budgets.ts'

/** Nothing overspent, nobody wrongly refused, nothing lost, and all that could be spent was. */
export function judgeBudgets(account: BudgetAccount, { replicas, seed, streams }: ProofOptions): Claim {
  const { counts, faults, kills, lostRows, wrongRefusals } = account
  const wrong = wrongRefusals.map(({ marker, text }) => `${marker} was refused: ${text}`)
  const lost = lostRows.map((marker) => `${marker} has no row`)
  return {
    name: 'budgets',
    guarantee: 'Nothing is spent beyond a limit, nobody is refused while there is money, and no charge is lost.',
    done: `${replicas} processes on one PostgreSQL share a pool of money; ${streams.toLocaleString('en')} streams of random length at once, ${kills} times kill -9, seed ${seed}; then what is left is spent`,
    figures: [
      { name: 'streams that ended whole', value: counts.whole, atLeast: 1 },
      { name: 'streams broken off by kills', value: counts.broken },
      { name: 'refused for lack of money', value: counts.refused, atLeast: 1 },
      { name: 'refused while a replica was away', value: counts.away },
      { name: 'pool', value: account.limit },
      { name: "billed, by the provider's own count", value: account.billed, atMost: account.limit },
      { name: 'settled', value: account.settled, atMost: account.limit },
      { name: 'of it for ends that nobody saw', value: account.padded },
      exactly('still held', account.held, 0n),
      { name: 'left, under the smallest request', value: account.left, atMost: account.smallest - 1n },
      exactly('overspend', account.overspend, 0n),
      exactly('wrong refusals', wrongRefusals.length, 0),
      { name: 'way of an answer to its caller, worst', value: account.lagMsMax, unit: 'ms' },
      exactly('lost rows', lostRows.length, 0),
      exactly('other faults', faults.length, 0),
    ],
    faults: [...wrong, ...lost, ...faults],
  }
}
