import type { Config } from '../config/config.ts'
import type { Control } from '../control/invoke.ts'
import { applyPaymentEvent, noteOpenedPage } from '../control/payments/apply-payment-event.ts'
import { AppError } from '../domain/app-error.ts'
import type { PaymentEvent } from '../domain/payment-event.ts'
import { createPaymentDelivery, createPaymentGiveUp, type PaymentRecords } from '../jobs/deliver-payment.ts'
import { OutboxLoop } from '../jobs/outbox-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Store } from '../store/open-store.ts'

export interface Payments {
  /** Takes an event as the provider sent it. Throws `invalid_request` for one that it didn't send. */
  receive: (body: Buffer, signature: string) => Promise<void>
  /** Something was just committed that may be to be paid. */
  wake: () => void
  stop: () => Promise<void>
}

/** Payments by card; undefined where they aren't set up. */
export async function startPayments(
  parts: { config: Config; control: Control; observe: Observe; store: Store },
  publicUrl: string,
): Promise<Payments | undefined> {
  const { config, control, observe, store } = parts
  const { stripe } = config
  if (stripe === null) return undefined
  const { createStripe } = await import('../payments/stripe.ts')
  const provider = createStripe({ ...stripe, publicUrl })
  const happened = (event: PaymentEvent) =>
    control.actAsSystem({
      action: 'applyPaymentEvent',
      organizationId: event.organizationId,
      work: (context) => applyPaymentEvent(context, event),
    })
  const records: PaymentRecords = {
    happened,
    opened: (organizationId, page) =>
      control.actAsSystem({
        action: 'openPaymentPage',
        organizationId,
        work: (context) => noteOpenedPage(context, page),
      }),
  }
  // A loop of its own, so that a provider that doesn't answer keeps no mail waiting.
  const outbox = new OutboxLoop({
    db: store.database.kysely,
    sealer: store.sealer,
    clock,
    observe,
    deliverers: { payment: createPaymentDelivery({ provider, ...records }) },
    givenUp: createPaymentGiveUp(records),
    random: Math.random,
  })
  outbox.start()
  return {
    receive: async (body, signature) => {
      const event = await provider.readEvent(body, signature)
      if (event !== undefined) await happened(event).catch(ignoreUnknown)
    },
    wake: () => outbox.wake(),
    stop: () => outbox.stop(),
  }
}

/** Another installation may have the same account at the provider; telling us again wouldn't help. */
function ignoreUnknown(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'not_found') throw error
}
