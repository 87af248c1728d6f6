import { createHash } from 'node:crypto'
import { betterAuth } from 'better-auth/minimal'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN_WITH_SECOND_FACTOR } from '../domain/password-rule.ts'
import { newUuid, randomAlphanumeric } from '../platform/ids.ts'
import { hashPassword, verifyPassword } from '../platform/password.ts'
import type { Db } from '../store/schema.ts'
import { identityAdapter } from './auth-adapter.ts'
import { CLIENT_IP_HEADER } from './client-ip-header.ts'
import { SESSION_SECONDS, secretTextOf, sessionCookieName } from './session-cookie.ts'

const RENEWED_AFTER_SECONDS = 86_400

export interface AuthParts {
  db: Db
  /** The first signs; any of them may have signed before. 32 bytes each. */
  keys: readonly Buffer[]
  publicUrl: string
  /** Whoever calls has seen the password, so that it isn't checked again. */
  isPasswordProven?: boolean
}

export type Auth = ReturnType<typeof createAuth>

/** better-auth over our tables and under our names, for passwords at sign-in and second factors. Its routes are not mounted; ours call it. */
export function createAuth({ db, isPasswordProven = false, keys, publicUrl }: AuthParts) {
  const isSecure = new URL(publicUrl).protocol === 'https:'
  const prefix = isSecure ? '__Host-switchyard' : 'switchyard'
  return betterAuth({
    appName: 'Switchyard',
    baseURL: publicUrl,
    basePath: '/auth-api',
    secrets: keys.map((key) => ({ version: versionOf(key), value: secretTextOf(key) })),
    database: identityAdapter(db),
    trustedOrigins: [new URL(publicUrl).origin],
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH_MIN_WITH_SECOND_FACTOR,
      // In UTF-16 units, of which a character may have two.
      maxPasswordLength: 2 * PASSWORD_LENGTH_MAX,
      password: {
        hash: hashPassword,
        verify: async ({ hash, password }) => isPasswordProven || (await verifyPassword(hash, password)),
      },
    },
    ...TABLES,
    advanced: {
      useSecureCookies: false,
      cookiePrefix: prefix,
      cookies: { session_token: { name: sessionCookieName(publicUrl) ?? 'switchyard.session' } },
      defaultCookieAttributes: { secure: isSecure, httpOnly: true, sameSite: 'lax', path: '/' },
      disableOriginCheck: true,
      disableCSRFCheck: true,
      ipAddress: { ipAddressHeaders: [CLIENT_IP_HEADER] },
      database: {
        generateId: ({ model }) => (model === 'user' ? `user_${randomAlphanumeric(24)}` : newUuid()),
      },
    },
    plugins: [
      twoFactor({
        issuer: 'Switchyard',
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'two_factor',
            fields: {
              userId: 'user_id',
              backupCodes: 'backup_codes',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
    ],
  })
}

const INSTANTS = { createdAt: 'created_at', updatedAt: 'updated_at' } as const

const TABLES = {
  user: { modelName: 'user_account', fields: { ...INSTANTS, emailVerified: 'email_verified' } },
  session: {
    modelName: 'session',
    expiresIn: SESSION_SECONDS,
    updateAge: RENEWED_AFTER_SECONDS,
    cookieCache: { enabled: false },
    fields: {
      ...INSTANTS,
      userId: 'user_id',
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
    },
    additionalFields: {
      activeOrganizationId: {
        type: 'string',
        required: false,
        input: false,
        fieldName: 'active_organization_id',
      },
    },
  },
  account: {
    modelName: 'sign_in_method',
    fields: {
      ...INSTANTS,
      userId: 'user_id',
      providerId: 'provider_id',
      accountId: 'provider_user_id',
      password: 'password_hash',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
    },
  },
  verification: {
    modelName: 'verification',
    storeIdentifier: 'hashed',
    fields: { ...INSTANTS, expiresAt: 'expires_at' },
  },
} as const

/** Which secret something was encrypted with: a number that stays the same for as long as the secret does. */
export function versionOf(key: Buffer): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0)
}
