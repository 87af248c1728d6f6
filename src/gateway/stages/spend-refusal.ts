import { AppError } from '../../domain/app-error.ts'
import { formatUsd, type NanoUsd } from '../../domain/money.ts'
import type { Interval } from '../../domain/windows.ts'
import { stateOf } from '../decisions/limit-state.ts'
import type { Limit } from '../lease/chain.ts'
import type { Standing } from '../lease/purse.ts'

/** A limit, how it stands and what it has left. */
export interface LimitRoom {
  limit: Limit
  standing: Standing
  room: NanoUsd
}

/**
 * Says no to a request that doesn't fit, in the name of the first limit that it doesn't fit under: of a scope with several
 * intervals that is the broadest. Source of the words: OpenRouter docs, limits, workspace budgets; ours where they say nothing.
 */
export function spendRefusal(
  limits: readonly LimitRoom[],
  size: { needed: NanoUsd; affordableTokens: number },
  publicUrl: string,
): AppError {
  const [first = undefined, ...others] = limits
  // Where others were faster, nothing is tight any more by the time it is said.
  const least = others.reduce((least, each) => (least && each.room < least.room ? each : least), first)
  const found = limits.find(({ room }) => room < size.needed) ?? least
  if (found === undefined) throw new Error('a request without limits is refused')
  const { limit: tight, standing } = found
  const { owner } = tight
  const code =
    owner.kind === 'credits' || owner.kind === 'workspace_pool'
      ? 'insufficient_credits'
      : owner.kind === 'key'
        ? 'key_limit_exceeded'
        : 'budget_exceeded'
  return new AppError(
    code,
    messageOf(tight, publicUrl),
    { owner, interval: tight.interval, needed: size.needed },
    {
      headers: { 'x-switchyard-affordable-tokens': String(size.affordableTokens) },
      refusedLimit: {
        limit: stateOf(
          limits.findIndex(({ limit }) => limit === tight),
          tight,
          standing,
        ),
        needed: size.needed.toString(),
        affordableTokens: size.affordableTokens,
      },
    },
  )
}

function messageOf(limit: Limit, publicUrl: string): string {
  const { interval, owner } = limit
  const budget = (name: string, contact: string) =>
    `${name} ${interval} budget of ${formatUsd(limit.amount ?? 0n)} exceeded. Contact ${contact}.`
  switch (owner.kind) {
    case 'credits':
      return `Insufficient credits. Add more using ${publicUrl}/credits`
    case 'workspace_pool':
      return `Insufficient credits in the workspace's pool. Transfer more using ${publicUrl}/credits`
    case 'key':
      return `Key limit exceeded (${LIMIT_NAMES[interval]} limit). Manage it using ${publicUrl}/settings/keys`
    case 'workspace':
      return budget('Workspace', 'your org admin')
    case 'project':
      return budget(`Project ${owner.name}`, 'your workspace admin')
    case 'member':
      return budget('Member', 'your workspace admin')
    case 'guardrail':
      return `Guardrail "${owner.name}" ${interval} limit of ${formatUsd(limit.amount ?? 0n)} exceeded.`
  }
}

const LIMIT_NAMES: Readonly<Record<Interval, string>> = {
  daily: 'daily',
  weekly: 'weekly',
  monthly: 'monthly',
  lifetime: 'total',
}
