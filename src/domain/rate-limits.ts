import type { KeyType } from '../contract/common/permissions.ts'

/** Requests a minute unless something says otherwise; 0 is no limit. */
const DEFAULTS_RPM = {
  standard: 600,
  scoped: 300,
  team: 200,
  read_only: 120,
  ephemeral: 150,
  management: 0,
} as const satisfies Record<KeyType, number>

/** Requests a minute by type of key, where they differ from the defaults. */
export type RatesByType = Readonly<{ [Type in KeyType]?: number | undefined }>

/** What a workspace says about the rates of its keys. */
export interface WorkspaceRates {
  /** The workspace's own before the organization's. */
  byType: RatesByType
  /** What came to members with their roles, by user id. */
  byMember: ReadonlyMap<string, number>
}

export interface RatedKey {
  type: KeyType
  /** Its own limit; null where it has none. */
  rateLimitRpm: number | null
  creatorUserId: string | null
}

/**
 * The requests a minute that count, 0 for no limit: the key's own, else of a team key those of its member's role, else those of
 * its type in the workspace, in the organization, by default. `rates` is null where the workspace says nothing.
 */
export function rateLimitOf(key: RatedKey, rates: WorkspaceRates | null): number {
  if (key.rateLimitRpm !== null) return key.rateLimitRpm
  if (rates === null) return DEFAULTS_RPM[key.type]
  const ofMember = key.type === 'team' ? rates.byMember.get(key.creatorUserId ?? '') : undefined
  return ofMember ?? rates.byType[key.type] ?? DEFAULTS_RPM[key.type]
}
