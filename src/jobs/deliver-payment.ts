import { z } from 'zod'
import type { PaymentEvent } from '../domain/payment-event.ts'
import type { CardProvider, Page } from '../payments/card-provider.ts'
import type { Deliver } from './outbox-loop.ts'

const purchase = { purchaseId: z.string(), cents: z.number() }
const Task = z.discriminatedUnion('task', [
  z.object({ task: z.literal('checkout'), ...purchase }),
  z.object({ task: z.literal('charge'), ...purchase, card: z.string(), customer: z.string() }),
  z.object({ task: z.literal('set_up'), methodId: z.string() }),
  z.object({ task: z.literal('forget'), card: z.string() }),
])

export interface PaymentDeliveryParts {
  provider: CardProvider
  /** Records where people go on. */
  opened: (organizationId: string, page: ({ purchaseId: string } | { methodId: string }) & Page) => Promise<void>
  /** Records what has happened. */
  happened: (event: PaymentEvent) => Promise<void>
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
