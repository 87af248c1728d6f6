import type { Observe } from '../observe/observation.ts'
import { RepeatLoop } from './repeat-loop.ts'

export interface InvoiceLoopOptions {
  intervalMs: number
  /** Issues what is due. */
  issue: () => Promise<readonly { organizationId: string; number: number; period: string }[]>
  observe: Observe
}

/** Issues the invoices of months that are over, at the start and regularly. What fails is due again next time. */
export class InvoiceLoop extends RepeatLoop {
  constructor({ intervalMs, issue, observe }: InvoiceLoopOptions) {
    super({
      intervalMs,
      run: async () => {
        for (const invoice of await issue()) observe({ type: 'invoice_issued', ...invoice })
      },
      onFailure: (message) => observe({ type: 'invoicing_failed', message }),
    })
  }
}
