import type { ColumnType } from 'kysely'

interface FollowerTable {
  id: string
  /** By the database's clock, which writes it. */
  heard_at: ColumnType<number, never, never>
}

interface FollowerVersionTable {
  organization_id: string
  follower_id: string
  version: bigint
}

export interface FollowerTables {
  follower: FollowerTable
  follower_version: FollowerVersionTable
}
