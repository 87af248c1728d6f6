/** Who performs a management action. */
export type Actor =
  | { kind: 'management_key'; organizationId: string; keyId: bigint; keyHash: string; userId: null }
  | { kind: 'key'; organizationId: string; keyId: bigint; keyHash: string; workspaceId: string; userId: string | null }
  | { kind: 'anonymous' }
