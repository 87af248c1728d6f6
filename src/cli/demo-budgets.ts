import type { Call } from '../contract/client.ts'
import { OPERATIONS } from '../contract/operations.ts'
import type { DemoWorkspace } from './demo-plan.ts'

const interval = 'monthly'

/** Sets the monthly budget so that as much of it is spent as the plan says, and gives the projects their shares. */
export async function setDemoBudgets(
  call: Call,
  { id, budgetUse, projects }: Pick<DemoWorkspace, 'budgetUse' | 'projects'> & { id: string },
  spentUsd: number,
): Promise<void> {
  if (budgetUse === undefined || spentUsd <= 0) return
  const limit_usd = rounded(spentUsd / budgetUse)
  await call(OPERATIONS.upsertWorkspaceBudget, { id, interval, limit_usd })
  for (const [slug, { budgetShare }] of Object.entries(projects)) {
    if (budgetShare === undefined) continue
    await call(OPERATIONS.upsertProjectBudget, { id, slug, interval, limit_usd: rounded(limit_usd * budgetShare) })
  }
}

function rounded(usd: number): number {
  return Number(usd.toPrecision(2))
}
