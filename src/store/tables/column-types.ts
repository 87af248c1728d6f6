import type { ColumnType } from 'kysely'

/** Read as epoch milliseconds, written as ISO text (`toIso`). */
export type Instant = ColumnType<number, string, string>
export type NullableInstant = ColumnType<number | null, string | null | undefined, string | null>
/** Read and written as `YYYY-MM-DD`. */
export type DateText = ColumnType<string, string, string>
/** Read as a value, written as JSON text. */
export type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>
