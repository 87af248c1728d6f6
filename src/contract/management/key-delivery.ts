import { z } from 'zod'
import { Timestamp, Uuid } from '../common/scalars.ts'

export const HttpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .max(2_000)
  .refine((text) => !/[#\s]|^\w+:\/\/[^/?]*@/.test(text), 'must have no credentials and no fragment')
export const Credential = z
  .string()
  .max(4_096)
  .regex(/^[!-~]+$/, 'must be printable ASCII without spaces')
/** Segments of a path in Vault: nothing that would lead elsewhere. */
const VaultPath = z
  .string()
  .max(500)
  .regex(
    /^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))(?:[\w .~@+=:-]+(?:\/[\w .~@+=:-]+)*)$/,
    'must be segments between single slashes',
  )

/** Where a new secret goes in place of the answer. */
const TARGETS = [
  z.strictObject({ type: z.literal('webhook'), url: HttpUrl, signing_secret: Credential.min(16).optional() }),
  z.strictObject({
    type: z.literal('vault_kv2'),
    /** As in VAULT_ADDR. */
    address: HttpUrl.refine((text) => !text.includes('?'), 'must have no query'),
    mount: VaultPath,
    path: VaultPath,
    /** The name under which the secret is kept at the path, among others that stay as they are. */
    field: z.string().min(1).max(200),
    token: Credential,
    namespace: VaultPath.optional(),
  }),
  z.strictObject({
    type: z.literal('aws_secrets_manager'),
    region: z
      .string()
      .max(40)
      .regex(/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/, 'must be a region such as eu-central-1'),
    /** Name or ARN of a secret that exists. */
    secret_id: z.string().min(1).max(2_048),
    access_key_id: Credential.max(128),
    secret_access_key: Credential.max(256),
    session_token: Credential.optional(),
    /** In place of that of the region. */
    endpoint: HttpUrl.optional(),
  }),
] as const

export const DeliverTarget = z.discriminatedUnion('type', TARGETS)
export type DeliverTarget = z.output<typeof DeliverTarget>

/** For one rotation also: the target that is kept with the key. */
export const DeliverOnce = z.discriminatedUnion('type', [...TARGETS, z.strictObject({ type: z.literal('stored') })])
export type DeliverOnce = z.output<typeof DeliverOnce>

const TargetType = z.enum(['webhook', 'vault_kv2', 'aws_secrets_manager'])

/** A target without its credentials. */
export const DeliverTargetWire = z.object({ type: TargetType, destination: z.string() })
export type DeliverTargetWire = z.output<typeof DeliverTargetWire>

export const EndedTargetWire = DeliverTargetWire.extend({ ended_at: Timestamp, reason: z.string() })
export type EndedTargetWire = z.output<typeof EndedTargetWire>

export const KeyDeliveryWire = z.object({
  /** The receiver gets it with each attempt. */
  id: Uuid,
  /** `superseded`: another rotation came first. */
  status: z.enum(['pending', 'delivered', 'failed', 'superseded']),
  ...DeliverTargetWire.shape,
  /** Failed attempts. */
  attempts: z.number().int(),
  last_error: z.string().nullable(),
  /** Null when there will be none. */
  next_attempt_at: Timestamp.nullable(),
  created_at: Timestamp,
  /** When it was delivered, failed for good or superseded. */
  ended_at: Timestamp.nullable(),
})
export type KeyDeliveryWire = z.output<typeof KeyDeliveryWire>

/** The target as it may be shown: a path or query of a webhook may be a secret itself. */
export function deliverTargetToWire(target: DeliverTarget): DeliverTargetWire {
  const { type } = target
  if (type === 'webhook') return { type, destination: new URL(target.url).origin }
  if (type === 'vault_kv2')
    return { type, destination: `${new URL(target.address).origin}/${target.mount}/${target.path}#${target.field}` }
  return { type, destination: `${target.region}/${target.secret_id}` }
}
