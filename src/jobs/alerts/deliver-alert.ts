import { z } from 'zod'
import { AlertTarget } from '../../contract/management/alert-channels.ts'
import { AlertWire } from '../../contract/management/alerts.ts'
import { mailOf } from '../../domain/alerts/alert-deliveries.ts'
import {
  type AlertChannelRow,
  findAlertChannelRow,
  noteAlertDelivered,
  noteAlertFailed,
} from '../../store/queries/alert-channels.ts'
import type { DueDelivery } from '../../store/queries/outbox.ts'
import type { Db } from '../../store/schema.ts'
import type { Sealer } from '../../store/sealer.ts'
import type { SendGuarded } from '../../upstream/guarded-http.ts'
import type { Deliver } from '../outbox-loop.ts'
import { sendSigned } from '../send-signed.ts'

/** A channel is given up after so many failures in a row, the first of them so long ago. */
export const FAILURES_MAX = 20
export const FAILING_MS_MAX = 3_600_000
const MESSAGE_LENGTH_MAX = 500

const AlertPayload = z.object({ channel_id: z.string(), alert: AlertWire, is_test: z.boolean() })
type AlertPayload = z.output<typeof AlertPayload>

export interface AlertDeliveryParts {
  db: Db
  sealer: Sealer
  send: SendGuarded
  /** Null where this installation sends no mail. */
  sendMail: Deliver | null
  now: () => number
  /** Switches off a channel that has failed for too long. */
  disable: (channel: AlertChannelRow, reason: string) => Promise<void>
}

/**
 * Carries alerts to channels, at least once: a repetition has the same id. A test is tried once. A channel that is switched off
 * gets tests only; what waits for it is dropped.
 */
export function createAlertDelivery(parts: AlertDeliveryParts): Deliver {
  const { db, now, sealer } = parts
  return async (delivery, signal) => {
    const payload = AlertPayload.parse(delivery.payload)
    const channel = await findAlertChannelRow(db, delivery.organizationId, payload.channel_id)
    if (channel === undefined || channel.sealed_target === null || !(channel.enabled || payload.is_test)) return
    const place = { table: 'alert_channel', row: channel.id, column: 'sealed_target' }
    const opened = await sealer.unseal(db, delivery.organizationId, place, channel.sealed_target)
    try {
      await sendTo(parts, AlertTarget.parse(JSON.parse(opened)), { delivery, payload, signal })
    } catch (error) {
      if (signal.aborted) throw error
      await fail(parts, channel, { error, isTest: payload.is_test })
      return
    }
    await noteAlertDelivered(db, channel.id, now())
  }
}

interface Attempt {
  delivery: DueDelivery
  payload: AlertPayload
  signal: AbortSignal
}

async function sendTo(parts: AlertDeliveryParts, target: AlertTarget, attempt: Attempt): Promise<void> {
  const { delivery, payload, signal } = attempt
  const { alert, is_test: isTest } = payload
  if (target.type === 'email') {
    if (parts.sendMail === null) throw new Error('this installation sends no mail')
    const mail = { to: target.address, ...mailOf(alert, isTest) }
    return await parts.sendMail({ ...delivery, payload: mail }, signal)
  }
  const body = target.type === 'slack' ? toSlack(payload) : toWebhook(delivery, payload)
  const signingSecret = target.type === 'webhook' ? target.signing_secret : undefined
  const message = { id: delivery.id, url: target.url, body, signingSecret, now: parts.now(), signal }
  const status = await sendSigned(parts.send, message)
  // Its own words stay out of it: they might repeat the URL.
  if (status < 200 || status > 299) throw new Error(`the receiver answered ${status}`)
}

/** Throws, so that it is tried again, unless nothing more is to be sent there. */
async function fail(
  { db, disable, now }: AlertDeliveryParts,
  { id }: AlertChannelRow,
  { error, isTest }: { error: unknown; isTest: boolean },
): Promise<void> {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_LENGTH_MAX)
  const failed = await noteAlertFailed(db, id, { message, isCounted: !isTest, now: now() })
  if (isTest || failed === undefined) return
  const { failing_since: since, failures } = failed
  if (failures < FAILURES_MAX || since === null || now() - since < FAILING_MS_MAX) throw error
  await disable(failed, `${failures} attempts in a row have failed; the last one: ${message}`)
}

function toWebhook(delivery: DueDelivery, { alert, is_test: test }: AlertPayload): string {
  const created_at = new Date(delivery.createdAt).toISOString()
  return JSON.stringify({ type: 'alert', delivery_id: delivery.id, created_at, test, alert })
}

/** In Slack's own markup, in which three characters mean something. */
function toSlack({ alert, is_test: isTest }: AlertPayload): string {
  const escaped = alert.message.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
  return JSON.stringify({ text: isTest ? `[Test] ${escaped}` : escaped })
}
