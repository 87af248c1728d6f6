import type { AnalyticsDimension } from '../../../../src/contract/management/analytics.ts'
import type { AnalyticsRow } from '../../analytics/series.ts'

export type ShownDimension = Exclude<AnalyticsDimension, 'origin' | 'session_id' | 'generation_id'>

interface DimensionWords {
  /** Heading of its column and of what it is told apart by. */
  one: string
  many: string
  /** Names of it can be asked for again, so that a click narrows the page down to one. */
  isName: boolean
}

export const DIMENSION_WORDS: Readonly<Record<ShownDimension, DimensionWords>> = {
  workspace: { one: 'Workspace', many: 'workspaces', isName: false },
  model: { one: 'Model', many: 'models', isName: true },
  provider: { one: 'Provider', many: 'providers', isName: true },
  api_key_id: { one: 'Key', many: 'keys', isName: false },
  user: { one: 'Member', many: 'members', isName: false },
  project: { one: 'Project', many: 'projects', isName: false },
  app: { one: 'App', many: 'apps', isName: false },
}

/** Members without a name go by their address. */
export function withMemberNames(rows: readonly AnalyticsRow[]): AnalyticsRow[] {
  return rows.map((row) => ('user_email' in row ? { ...row, user: row['user'] ?? row['user_email'] ?? null } : row))
}
