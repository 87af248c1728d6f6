import type { Config } from '../config/config.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { type Change, ChangeFeed } from '../store/change-feed.ts'
import { ChangeFollower } from '../store/change-follower.ts'
import type { Database } from '../store/database.ts'
import { Followers } from '../store/followers.ts'
import { PROCESS_ID } from './store.ts'

export interface Following {
  feed: ChangeFeed
  follower: ChangeFollower
}

/** Follows the changes of the database from this moment on; together with others, where it is one that can be shared. */
export async function beginFollowing(
  database: Database,
  context: { config: Config; observe: Observe; apply: (changes: readonly Change[]) => Promise<void> },
): Promise<Following> {
  const { apply, config, observe } = context
  const { kysely: db, embedded } = database
  const staleMs = config.staleMaxMs
  const followers = embedded === undefined ? new Followers({ db, clock, id: PROCESS_ID, staleMs }) : undefined
  const onApplied =
    followers && ((organizationId: string, version: bigint) => followers.acknowledge(organizationId, version))
  const feed = new ChangeFeed({ db, clock, observe, apply, ...(onApplied && { onApplied }) })
  await feed.begin()
  return { feed, follower: new ChangeFollower({ database, feed, followers, clock, observe, staleMs }) }
}
