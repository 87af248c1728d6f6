/**
 * `npm run prove:budgets`: replicas as processes of their own on PostgreSQL (DATABASE_URL, whose role may create databases), a
 * pool of money, streams of random length all at once, and kill -9. Exits with 1 when a nano-dollar too much was spent, somebody was
 * refused while there was money, or a charge was lost.
 * Options: --replicas N, --streams N, --pool USD, --kills N, --seed N.
 */
import { parseArgs } from 'node:util'
import { formatUsd } from '../../src/domain/money.ts'
import { type BudgetAccount, isProven } from './account.ts'
import { type ProofOptions, proveBudgets } from './prove-budgets.ts'

const FAULTS_SHOWN = 20

const { values } = parseArgs({
  options: {
    replicas: { type: 'string', default: '4' },
    streams: { type: 'string', default: '2000' },
    pool: { type: 'string', default: '10' },
    kills: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const options: ProofOptions = {
  replicas: Number(values.replicas),
  streams: Number(values.streams),
  poolUsd: Number(values.pool),
  kills: Number(values.kills),
  seed: Number(values.seed),
}
if (!process.env['DATABASE_URL']) throw new Error('DATABASE_URL is not set: see `npm run services`')
const account = await proveBudgets(options)
process.stdout.write(describe(account))
process.exitCode = isProven(account) ? 0 : 1

function describe(proof: BudgetAccount): string {
  const { counts, faults, held, kills, left, lostRows, overspend, padded, settled, smallest, wrongRefusals } = proof
  const count = (number: number) => number.toLocaleString('en')
  const rows: [string, string][] = [
    ['streams', `${count(counts.whole)} whole, ${count(counts.broken)} broken off by ${kills} kills`],
    [
      'refused',
      `${count(counts.refused)} for lack of money, ${count(counts.away)} because a replica or the provider was away`,
    ],
    ['billed', `${formatUsd(proof.billed)} by the provider's own count`],
    [
      'settled',
      `${formatUsd(settled)} of ${formatUsd(proof.limit)}, of which ${formatUsd(padded)} for ends that nobody saw`,
    ],
    ['held', formatUsd(held)],
    ['left', `${formatUsd(left)}; the smallest request takes ${formatUsd(smallest)}`],
    ['overspend', formatUsd(overspend)],
    [
      'wrong refusals',
      `${count(wrongRefusals.length)}, where answers took at most ${Math.round(proof.lagMsMax)} ms to their callers`,
    ],
    ['lost rows', count(lostRows.length)],
    ['other faults', count(faults.length)],
  ]
  const wrong = wrongRefusals.map(({ marker, text }) => `${marker} was refused: ${text}`)
  const lost = lostRows.map((marker) => `${marker} has no row`)
  return [
    `${options.replicas} replicas, ${count(options.streams)} streams at once, a pool of ${formatUsd(proof.limit)}, seed ${options.seed}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(15)}${text}`),
    ...[...wrong, ...lost, ...faults].slice(0, FAULTS_SHOWN),
    isProven(proof) ? 'proven' : 'NOT PROVEN',
    '',
  ].join('\n')
}
