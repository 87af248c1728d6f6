import { z } from 'zod'
import type { AnalyticsFilter } from '../../../../src/contract/management/analytics.ts'
import { type AskedRange, askedRange, RANGES, type RangeId } from '../../analytics/ranges.ts'
import { useNow } from '../../components/figures.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import type { ShownDimension } from './dimensions.ts'

const RANGE_IDS = Object.keys(RANGES) as [RangeId, ...RangeId[]]

const Search = z.object({
  range: z.enum(RANGE_IDS).optional().catch(undefined),
  by: z.string().optional(),
  workspace: z.uuid().optional().catch(undefined),
  model: z.string().optional(),
  provider: z.string().optional(),
})

/** What a page of usage asks for, as its address says it. */
export interface ActivityQuestion {
  rangeId: RangeId
  range: AskedRange
  by: ShownDimension
  workspaceId: string | undefined
  /** What the page is narrowed down to besides the workspace. */
  only: readonly { field: 'model' | 'provider'; value: string }[]
  filters: AnalyticsFilter[]
  change: (changes: Readonly<Record<string, string | undefined>>) => void
}

/** The workspace is that of the page, or else the one that the address names. */
export function useActivityQuestion({
  dimensions,
  workspaceId,
}: {
  dimensions: readonly [ShownDimension, ...ShownDimension[]]
  workspaceId?: string
}): ActivityQuestion {
  const [{ range: rangeId = '7d', by, workspace, model, provider }, change] = useFilters(Search)
  const range = askedRange(rangeId, useNow(60_000))
  const only = [
    ...(model === undefined ? [] : [{ field: 'model' as const, value: model }]),
    ...(provider === undefined ? [] : [{ field: 'provider' as const, value: provider }]),
  ]
  const inWorkspace = workspaceId ?? workspace
  return {
    rangeId,
    range,
    by: dimensions.find((dimension) => dimension === by) ?? dimensions[0],
    workspaceId: inWorkspace,
    only,
    filters: [...(inWorkspace === undefined ? [] : [{ field: 'workspace' as const, value: inWorkspace }]), ...only].map(
      (filter) => ({ ...filter, operator: 'eq' as const }),
    ),
    change,
  }
}
