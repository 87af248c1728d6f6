/**
 * `npm run prove`: what must not go wrong, on real processes over HTTP, PostgreSQL (DATABASE_URL, whose role may create databases)
 * and Redis (REDIS_URL). Prints a page of what was done and measured, and exits with 1 when a claim is not proven.
 * Options: --only NAME (more than once), --seed N; sizes: --replicas N, --streams N, --pool USD, --kills N (budgets),
 * --revocations N, --tamperings N, --changes N (isolation).
 */
import { availableParallelism, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import type { GatewayOptions } from '../harness/gateway-process.ts'
import { proveAudit } from './audit.ts'
import { type Claim, describePage, exitCodeOf, type Finding } from './claim.ts'
import { proveStreams } from './cut-streams.ts'
import { judgeIsolation, observeIsolation } from './isolation.ts'
import { judgeBudgets } from './judge-budgets.ts'
import { proveBudgets } from './prove-budgets.ts'
import { proveRevocation } from './revocation.ts'

const GUARANTEE_OF_FAILURE = 'The proof could not be carried through.'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    replicas: { type: 'string', default: '4' },
    streams: { type: 'string', default: '2000' },
    pool: { type: 'string', default: '10' },
    kills: { type: 'string', default: '6' },
    revocations: { type: 'string', default: '100' },
    tamperings: { type: 'string', default: '60' },
    changes: { type: 'string', default: '200' },
  },
})
for (const name of ['DATABASE_URL', 'REDIS_URL']) {
  if (!process.env[name]) throw new Error(`${name} is not set: see \`npm run services\``)
}
const seed = whole('seed', 0)
const budgets = {
  replicas: whole('replicas'),
  streams: whole('streams'),
  poolUsd: whole('pool'),
  kills: whole('kills', 0),
  seed,
}
const product: GatewayOptions = {
  isAsShipped: true,
  store: 'postgres',
  env: { REDIS_URL: String(process.env['REDIS_URL']), LOG_LEVEL: 'warn' },
}
const sizes = { revocations: whole('revocations'), tamperings: whole('tamperings'), changes: whole('changes') }
const PROOFS: Readonly<Record<string, { options: string; prove: () => Promise<Claim> }>> = {
  budgets: {
    options: `--replicas ${budgets.replicas} --streams ${budgets.streams} --pool ${budgets.poolUsd} --kills ${budgets.kills} --seed ${seed}`,
    prove: async () => judgeBudgets(await proveBudgets(budgets, product.env), budgets),
  },
  revocation: {
    options: `--revocations ${sizes.revocations}`,
    prove: () => proveRevocation(sizes, product),
  },
  audit: {
    options: `--tamperings ${sizes.tamperings} --seed ${seed}`,
    prove: () => proveAudit({ ...sizes, seed }, product),
  },
  isolation: {
    options: `--changes ${sizes.changes} --seed ${seed}`,
    prove: async () => judgeIsolation(await observeIsolation({ ...sizes, seed }, product)),
  },
  streams: { options: '', prove: () => proveStreams(product) },
}

const wanted = values.only ?? Object.keys(PROOFS)
const unknown = wanted.find((name) => !(name in PROOFS))
if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${Object.keys(PROOFS).join(', ')}`)
const findings: Finding[] = []
for (const name of wanted) findings.push(await find(name))
process.stdout.write(describePage(findings, describeMachine()))
process.exitCode = exitCodeOf(findings)

async function find(name: string): Promise<Finding> {
  process.stderr.write(`${name} …\n`)
  const { options, prove } = PROOFS[name] ?? { options: '', prove: () => Promise.reject(new Error('no such proof')) }
  const begin = performance.now()
  const claim = await prove().catch((error: Error): Claim => {
    return { name, guarantee: GUARANTEE_OF_FAILURE, done: '', figures: [], faults: [String(error.stack)] }
  })
  const seconds = Math.round((performance.now() - begin) / 1_000)
  return { ...claim, command: `npm run prove -- --only ${name} ${options}`.trimEnd(), seconds }
}

function describeMachine(): string {
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} cores, ${gibibytes} GiB of memory, Node ${process.version}`
}

function whole(name: Exclude<keyof typeof values, 'only'>, least = 1): number {
  const number = Number(values[name])
  if (!Number.isInteger(number) || number < least) throw new Error(`--${name} takes a whole number from ${least} on`)
  return number
}
