import { z } from 'zod'
import { DeliverTarget } from '../../contract/management/key-delivery.ts'

/** What the outbox holds of a new secret, sealed. */
export const KeyPayload = z.object({
  secret: z.string(),
  target: DeliverTarget,
  key: z.object({
    id: z.number(),
    name: z.string(),
    label: z.string(),
    hash: z.string(),
    previous_hash: z.string(),
    workspace_id: z.string().nullable(),
  }),
})
export type KeyPayload = z.output<typeof KeyPayload>

/** One attempt at one target. */
export interface KeyAttempt<Type extends DeliverTarget['type']> {
  /** The same at each attempt. */
  id: string
  target: Extract<DeliverTarget, { type: Type }>
  secret: string
  key: KeyPayload['key']
  createdAt: number
  now: number
  signal: AbortSignal
}

/** The receiver's own words stay out of it: they might repeat the secret. */
export function refusedWith(status: number, meaning = ''): Error {
  return new Error(`the receiver answered ${status}${meaning === '' ? '' : `: ${meaning}`}`)
}
