import { AppError } from '../../domain/app-error.ts'
import type { HoldSize } from '../../domain/hold-size.ts'
import { formatUsd } from '../../domain/money.ts'
import type { Interval } from '../../domain/windows.ts'
import { stateOf } from '../decisions/limit-state.ts'
import { type Limit, limitAmount, roomOf } from '../lease/chain.ts'
import type { Windows } from '../lease/tally.ts'

/**
 * Says no to a request that doesn't fit, in the name of the first limit that it doesn't fit under: of a scope with several
 * intervals that is the broadest. Source of the words: OpenRouter docs, limits, workspace budgets; ours where they say nothing.
 */
export function spendRefusal(
  limits: readonly Limit[],
  size: Extract<HoldSize, { fits: false }>,
  context: { windows: Windows; publicUrl: string },
): AppError {
  const tight = limits.find((limit) => roomOf(limit, context.windows) < size.needed)
  if (tight === undefined) throw new Error('a request that fits under every limit is refused')
  const { owner } = tight
  const code =
    owner.kind === 'credits' || owner.kind === 'workspace_pool'
      ? 'insufficient_credits'
      : owner.kind === 'key'
        ? 'key_limit_exceeded'
        : 'budget_exceeded'
  return new AppError(
    code,
    messageOf(tight, context.publicUrl),
    { owner, interval: tight.interval, needed: size.needed },
    {
      headers: { 'x-switchyard-affordable-tokens': String(size.affordableTokens) },
      refusedLimit: {
        limit: stateOf(limits, tight, context.windows),
        needed: size.needed.toString(),
        affordableTokens: size.affordableTokens,
      },
    },
  )
}

function messageOf(limit: Limit, publicUrl: string): string {
  const { interval, owner } = limit
  const budget = (name: string, contact: string) =>
    `${name} ${interval} budget of ${formatUsd(limitAmount(limit))} exceeded. Contact ${contact}.`
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
      return `Guardrail "${owner.name}" ${interval} limit of ${formatUsd(limitAmount(limit))} exceeded.`
  }
}

const LIMIT_NAMES: Readonly<Record<Interval, string>> = {
  daily: 'daily',
  weekly: 'weekly',
  monthly: 'monthly',
  lifetime: 'total',
}
