import { PAGE_SIZE_DEFAULT } from '../contract/common/pagination.ts'

/** The page a caller means: omitted and null are the defaults. */
export function toPage(input: { offset?: number | null | undefined; limit?: number | null | undefined }): {
  offset: number
  limit: number
} {
  return { offset: input.offset ?? 0, limit: input.limit ?? PAGE_SIZE_DEFAULT }
}
