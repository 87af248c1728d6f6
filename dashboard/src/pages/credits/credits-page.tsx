import type { ReactNode } from 'react'
import { z } from 'zod'
import { CREDIT_OPERATIONS } from '../../../../src/contract/management/credits.ts'
import { getCredits } from '../../../../src/contract/management/organization.ts'
import { isHeldAnywhere } from '../../access/access.ts'
import { useReach, useSession } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Money } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Page } from '../../components/page.tsx'
import { type Tab, Tabs } from '../../components/tabs.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { GrantDialog } from './grant-dialog.tsx'
import { GrantsTab } from './grants-tab.tsx'
import { InvoicesTab } from './invoices-tab.tsx'
import { PaymentMethodsTab } from './payment-methods-tab.tsx'
import { PoolsTab } from './pools-tab.tsx'
import { PurchaseDialog } from './purchase-dialog.tsx'
import { PurchasesTab } from './purchases-tab.tsx'

const Search = z.object({
  tab: z.string().optional(),
  open: z.string().optional(),
})

/** What is left, how it came in, where it lies, and what was billed. */
export function CreditsPage() {
  const { access } = useSession()
  const [{ tab, open }, change] = useFilters(Search)
  const mayGrant = useReach('credit:grant') !== undefined
  // A Billing Manager sees what came to their workspaces; the balance is the organization's.
  const seesAll = useReach('credit:read') !== undefined
  const mayBuy = isHeldAnywhere(access, 'credit:purchase')
  const tabs: Tab[] = [
    { id: 'purchases', label: 'Purchases', content: <PurchasesTab /> },
    { id: 'pools', label: 'Pools', content: <PoolsTab /> },
    { id: 'grants', label: 'Grants', content: <GrantsTab /> },
    ...(isHeldAnywhere(access, 'invoice:read')
      ? [{ id: 'invoices', label: 'Invoices', content: <InvoicesTab /> }]
      : []),
    ...(isHeldAnywhere(access, 'payment-method:write')
      ? [{ id: 'payment', label: 'Payment methods', content: <PaymentMethodsTab /> }]
      : []),
  ]
  const close = () => change({ open: undefined })
  return (
    <Page
      title="Credits"
      description="What is left to spend, how it came in, and what was billed."
      action={
        <>
          {mayGrant ? (
            <Button data-operation={CREDIT_OPERATIONS.createCreditGrant.id} onClick={() => change({ open: 'grant' })}>
              Give credits
            </Button>
          ) : null}
          {mayBuy ? (
            <Button
              data-operation={CREDIT_OPERATIONS.createCreditPurchase.id}
              look="primary"
              onClick={() => change({ open: 'buy' })}
            >
              Buy credits
            </Button>
          ) : null}
        </>
      }
    >
      {seesAll ? <Balance /> : null}
      <Tabs
        label="Credits"
        tabs={tabs}
        chosen={tabs.find(({ id }) => id === tab)?.id ?? 'purchases'}
        onChoose={(id) => change({ tab: id })}
      />
      <GrantDialog isOpen={open === 'grant' && mayGrant} onClose={close} />
      <PurchaseDialog isOpen={open === 'buy' && mayBuy} onClose={close} />
    </Page>
  )
}

function Balance() {
  const credits = useOperation(getCredits, {}, { everyMs: 30_000 })
  return (
    <Loaded query={credits} what="the balance" rows={1}>
      {({ data: { total_credits, total_usage } }) => (
        <dl className="mb-8 grid grid-cols-1 border-y border-line sm:grid-cols-3">
          <Figure name="Left">
            <Money amount={total_credits - total_usage} />
          </Figure>
          <Figure name="Put in, bought or given">
            <Money amount={total_credits} />
          </Figure>
          <Figure name="Used in all">
            <Money amount={total_usage} />
          </Figure>
        </dl>
      )}
    </Loaded>
  )
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="py-3 pr-3">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="mt-1 text-xl font-semibold">{children}</dd>
    </div>
  )
}
