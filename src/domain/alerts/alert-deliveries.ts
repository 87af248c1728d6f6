import type { AlertWire } from '../../contract/management/alerts.ts'

/** An alert on its way to a channel, as the outbox keeps it. */
export const ALERT_DELIVERY_KIND = 'alert'

export interface AlertDelivery {
  kind: 'mail' | typeof ALERT_DELIVERY_KIND
  payload: Readonly<Record<string, unknown>>
}

/** What is to be sent because of an alert: a mail to each address, and itself to each channel. */
export function deliveriesOf(
  alert: AlertWire,
  to: { addresses: readonly string[]; channelIds: readonly string[]; isTest: boolean },
): AlertDelivery[] {
  const mail = mailOf(alert, to.isTest)
  return [
    ...to.addresses.map((address) => ({ kind: 'mail' as const, payload: { to: address, ...mail } })),
    ...to.channelIds.map((channelId) => ({
      kind: ALERT_DELIVERY_KIND,
      payload: { channel_id: channelId, alert, is_test: to.isTest },
    })),
  ] as AlertDelivery[]
}

export function mailOf(alert: AlertWire, isTest: boolean): { subject: string; text: string } {
  const details = Object.entries(alert.details).map(([name, value]) => `${name}: ${value}`)
  return {
    subject: `${isTest ? '[Test] ' : ''}Alert: ${alert.subject.name.replace(/[\r\n]+/g, ' ')}`,
    text: [alert.message, '', ...details, `at: ${alert.created_at}`, ''].join('\n'),
  }
}
