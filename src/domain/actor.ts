import type { KeyType } from '../contract/common/permissions.ts'

/** Who performs a management action. */
export type Actor =
  | ManagementKeyActor
  | KeyActor
  /** A person who has signed in, in the organization they work in at the moment. */
  | { kind: 'session'; organizationId: string; sessionId: string; userId: string }
  /** A directory service with the organization's SCIM token. */
  | { kind: 'scim'; organizationId: string; userId: null }
  /** This installation itself, in what is due or has happened outside. */
  | { kind: 'system'; organizationId: string; userId: null }
  | { kind: 'anonymous' }

interface KeyIdentity {
  organizationId: string
  keyId: bigint
  keyHash: string
  /** What the key itself may, at most; `*` is everything. */
  permissions: readonly string[]
}

interface ManagementKeyActor extends KeyIdentity {
  kind: 'management_key'
  /** Who made it: it may nothing that they may not; null when it is the organization's. */
  creatorUserId: string | null
  userId: null
}

/** A key of a workspace. Its creator, if it has one, is who acts. */
export interface KeyActor extends KeyIdentity {
  kind: 'key'
  type: KeyType
  workspaceId: string
  userId: string | null
}

/** Whoever has come with a key. */
export type CredentialActor = ManagementKeyActor | KeyActor

/** How a call came in, for the audit log. */
export interface CallOrigin {
  surface: 'api' | 'mcp' | 'system'
  ip: string | null
  userAgent: string | null
  requestId: string | null
}
