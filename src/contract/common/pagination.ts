import { z } from 'zod'

export const PAGE_SIZE_DEFAULT = 50
export const PAGE_SIZE_MAX = 100

export const Offset = z.int().min(0).max(1_000_000_000).nullish()
export const Limit = z.int().min(1).max(PAGE_SIZE_MAX).nullish()

/** The two query parameters of an offset page. */
export const PageQuery = { offset: Offset, limit: Limit }

/** A page of rows and how many there are in all. */
export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({ data: z.array(row), total_count: z.number().int() })
}
