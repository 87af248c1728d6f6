import { z } from 'zod'
import type { PaymentEvent } from '../domain/payment-event.ts'
import type { CardProvider, Page } from '../payments/card-provider.ts'
import type { DueDelivery } from '../store/queries/outbox.ts'
import type { Deliver } from './outbox-loop.ts'

const purchase = { purchaseId: z.string(), cents: z.number() }
const Task = z.discriminatedUnion('task', [
  z.object({ task: z.literal('checkout'), ...purchase }),
  z.object({ task: z.literal('charge'), ...purchase, card: z.string(), customer: z.string() }),
  z.object({ task: z.literal('set_up'), methodId: z.string() }),
  z.object({ task: z.literal('forget'), card: z.string() }),
])

const UNREACHABLE = 'The payment provider could not be reached'
const UNKNOWN_CHARGE = `${UNREACHABLE}; if it has taken the money after all, that counts as soon as it says so`

export interface PaymentRecords {
  /** Records where people go on. */
  opened: (organizationId: string, page: ({ purchaseId: string } | { methodId: string }) & Page) => Promise<void>
  /** Records what has happened. */
  happened: (event: PaymentEvent) => Promise<void>
}

export interface PaymentDeliveryParts extends PaymentRecords {
  provider: CardProvider
}

/** Carries out at the payment provider what purchases and payment methods need. A repetition pays nothing twice. */
export function createPaymentDelivery({ provider, opened, happened }: PaymentDeliveryParts): Deliver {
  return async ({ organizationId, payload }) => {
    const task = Task.parse(payload)
    switch (task.task) {
      case 'checkout': {
        const { cents, purchaseId } = task
        const page = await provider.openCheckout({ purchaseId, organizationId, cents })
        return await opened(organizationId, { purchaseId, ...page })
      }
      case 'charge': {
        const event = await provider.chargeCard({ ...task, organizationId })
        return event === undefined ? undefined : await happened(event)
      }
      case 'set_up': {
        const { methodId } = task
        const page = await provider.openSetUp({ methodId, organizationId })
        return await opened(organizationId, { methodId, ...page })
      }
      case 'forget':
        return await provider.forgetCard(task.card)
    }
  }
}

/** Records that what was tried for the last time has failed, so that nobody waits for it. */
export function createPaymentGiveUp({
  opened,
  happened,
}: PaymentRecords): (delivery: Pick<DueDelivery, 'organizationId' | 'payload'>) => Promise<void> {
  return async ({ organizationId, payload }) => {
    const task = Task.parse(payload)
    switch (task.task) {
      case 'checkout':
        return await opened(organizationId, { purchaseId: task.purchaseId, failure: UNREACHABLE })
      case 'set_up':
        return await opened(organizationId, { methodId: task.methodId, failure: UNREACHABLE })
      case 'charge': {
        const { purchaseId } = task
        const id = `given-up-${purchaseId}`
        return await happened({ id, organizationId, kind: 'failed', purchaseId, reason: UNKNOWN_CHARGE })
      }
      // The purchases and methods are as they should be.
      case 'forget':
        return
    }
  }
}
