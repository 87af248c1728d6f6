/** Who performs a management action. */
export type Actor =
  | { kind: 'management_key'; organizationId: string; keyId: bigint; keyHash: string; userId: null }
  | { kind: 'key'; organizationId: string; keyId: bigint; keyHash: string; workspaceId: string; userId: string | null }
  /** A person who has signed in, in the organization they work in at the moment. */
  | { kind: 'session'; organizationId: string; sessionId: string; userId: string }
  /** A directory service with the organization's SCIM token. */
  | { kind: 'scim'; organizationId: string; userId: null }
  | { kind: 'anonymous' }

/** How a call came in, for the audit log. */
export interface CallOrigin {
  surface: 'api' | 'mcp'
  ip: string | null
  userAgent: string | null
  requestId: string | null
}
