import type { SendGuarded } from '../../upstream/guarded-http.ts'
import type { Deliver } from '../outbox-loop.ts'
import { KeyPayload } from './key-payload.ts'
import { sendToAws } from './send-to-aws.ts'
import { sendToVault } from './send-to-vault.ts'
import { sendToWebhook } from './send-to-webhook.ts'

export interface KeyDeliveryParts {
  send: SendGuarded
  now: () => number
  /** Whether the secret is still the key's, and still to go there: another rotation may have come first. */
  isWanted: (delivery: { id: string; organizationId: string }) => Promise<boolean>
  /** Records that it has arrived. */
  arrived: (delivery: { id: string; organizationId: string }) => Promise<void>
}

/** Carries new secrets of keys to where their users read them. At least once: a crash between the receiver's "taken" and our
 *  record of it repeats the delivery, under the same id. */
export function createKeyDelivery({ send, now, isWanted, arrived }: KeyDeliveryParts): Deliver {
  return async ({ createdAt, id, organizationId, payload }, signal) => {
    if (!(await isWanted({ id, organizationId }))) return
    const { key, secret, target } = KeyPayload.parse(payload)
    const attempt = { id, secret, key, createdAt, now: now(), signal }
    switch (target.type) {
      case 'webhook':
        await sendToWebhook(send, { ...attempt, target })
        break
      case 'vault_kv2':
        await sendToVault(send, { ...attempt, target })
        break
      case 'aws_secrets_manager':
        await sendToAws(send, { ...attempt, target })
    }
    await arrived({ id, organizationId })
  }
}
