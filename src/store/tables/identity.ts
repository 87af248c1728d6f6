import type { Generated } from 'kysely'
import type { Instant, NullableInstant } from './column-types.ts'

/** A signed-in browser. `token` is what its cookie carries beside a signature. */
export interface SessionTable {
  id: string
  token: string
  user_id: string
  /** The organization it works in; null for the first that the user joined. */
  active_organization_id: string | null
  expires_at: Instant
  ip_address: string | null
  user_agent: string | null
  created_at: Instant
  updated_at: Instant
  /** Why it was ended before its time. */
  end_reason: Generated<SessionEnd | null>
}

export type SessionEnd = 'role' | 'removed' | 'password' | 'second_factor' | 'by_owner'

export interface SignInMethodTable {
  id: string
  user_id: string
  provider_id: string
  provider_user_id: string
  password_hash: string | null
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  access_token_expires_at: NullableInstant
  refresh_token_expires_at: NullableInstant
  scope: string | null
  created_at: Instant
  updated_at: Instant
}

export interface VerificationTable {
  id: string
  identifier: string
  value: string
  expires_at: Instant
  created_at: Instant
  updated_at: Instant
}

export interface TwoFactorTable {
  id: string
  user_id: string
  secret: string
  backup_codes: string
  /** False until its owner has shown that they have it. */
  verified: boolean
  failed_verification_count: number
  locked_until: NullableInstant
}

export interface PasskeyTable {
  /** Of the credential, base64url. */
  id: string
  user_id: string
  name: string
  /** COSE, base64url. */
  public_key: string
  counter: bigint
  transports: string[]
  is_synced: boolean
  created_at: Instant
  last_used_at: NullableInstant
}

/** A browser that is signed in with a read-only key. */
export interface KeySessionTable {
  id: string
  token: string
  key_hash: string
  created_at: Instant
  expires_at: Instant
}

export interface SignInTryTable {
  scope: string
  window_start: Instant
  tries: number
}

export interface IdentityTables {
  two_factor: TwoFactorTable
  passkey: PasskeyTable
  key_session: KeySessionTable
  sign_in_try: SignInTryTable
  session: SessionTable
  sign_in_method: SignInMethodTable
  verification: VerificationTable
}
