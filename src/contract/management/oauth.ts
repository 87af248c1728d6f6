import { z } from 'zod'
import { LimitReset, Timestamp, Usd, UtcInstant, Uuid, Warnings } from '../common/scalars.ts'
import { operation } from '../operation.ts'

const METHODS = ['S256', 'plain'] as const
const tag = 'OAuth'

const createAuthKeysCode = operation({
  id: 'createAuthKeysCode',
  method: 'POST',
  path: '/api/v1/auth/keys/code',
  summary: 'Create authorization code',
  tag,
  permission: 'key:create',
  effect: 'write',
  input: z.strictObject({
    callback_url: z.url().max(2_048),
    code_challenge: z
      .string()
      .regex(/^[A-Za-z0-9._~-]{43,128}$/, 'must be 43 to 128 of the characters A-Z a-z 0-9 - . _ ~')
      .optional(),
    code_challenge_method: z.enum(METHODS, 'Invalid code_challenge_method').optional(),
    limit: Usd.optional(),
    usage_limit_type: LimitReset.optional(),
    key_label: z.string().min(1).max(100).optional(),
    expires_at: UtcInstant.nullish(),
    workspace_id: Uuid.optional(),
    /** Whether the key may administer as whoever approves it may, beside calling models. */
    may_administer: z.boolean().optional(),
    /** The code is good for this client alone. */
    client_id: z.string().min(1).max(8_000).optional(),
  }),
  output: z.object({
    data: z.object({ id: z.string(), app_id: z.number().int(), created_at: Timestamp }),
    warnings: Warnings,
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
  ignoredFields: ['spawn_agent', 'spawn_cloud'],
})

const exchangeAuthCodeForAPIKey = operation({
  id: 'exchangeAuthCodeForAPIKey',
  mcpName: 'exchange_auth_code_for_api_key',
  method: 'POST',
  path: '/api/v1/auth/keys',
  summary: 'Exchange authorization code for API key',
  tag,
  permission: 'public',
  isForPages: true,
  effect: 'write',
  input: z.strictObject({
    code: z.string().min(1).max(200),
    code_verifier: z.string().max(200).optional(),
    code_challenge_method: z.enum(METHODS, 'Invalid code_challenge_method').nullish(),
    /** Required for a code that was made for a client, and refused for any other. */
    client_id: z.string().min(1).max(8_000).optional(),
  }),
  output: z.object({ key: z.string(), user_id: z.string().nullable() }),
  errors: ['invalid_request', 'forbidden', 'rate_limited'],
})

export const OAUTH_OPERATIONS = { createAuthKeysCode, exchangeAuthCodeForAPIKey } as const
