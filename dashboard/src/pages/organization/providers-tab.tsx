import { Server } from 'lucide-react'
import { useState } from 'react'
import { listProviders } from '../../../../src/contract/inference/catalogue.ts'
import {
  CUSTOM_PROVIDER_OPERATIONS,
  type CustomProviderWire,
} from '../../../../src/contract/management/custom-providers.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { OffsetPager } from '../../components/data-table.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { formatTokenPrice } from '../../format/money.ts'
import { usePlaceName } from '../../frame/use-places.ts'

const { listCustomProviders, deleteCustomProvider } = CUSTOM_PROVIDER_OPERATIONS
const SIZE = 20

/** The organization's own providers with their prices, and those of the installation. */
export function ProvidersTab() {
  const [offset, setOffset] = useState(0)
  const [deleted, setDeleted] = useState<CustomProviderWire>()
  const mayWrite = useReach('custom-provider:write') !== undefined
  const own = useOperation(listCustomProviders, { offset, limit: SIZE }, { keepsPrevious: true })
  const all = useOperation(listProviders, {})
  const remove = useChange(deleteCustomProvider, {
    refreshes: [listCustomProviders, listProviders],
    onDone: () => setDeleted(undefined),
  })
  return (
    <>
      <Section title="Your own" description="Prices are those of a million tokens.">
        <Loaded query={own} what="the providers" rows={3}>
          {({ data, total_count }) =>
            data.length === 0 ? (
              <EmptyState icon={Server} title="No provider of your own">
                With <code className="font-mono text-sm">POST /api/v1/providers/custom</code> the organization adds an
                endpoint with models and prices.
              </EmptyState>
            ) : (
              <>
                <ul className="divide-y divide-line border-y border-line">
                  {data.map((provider) => (
                    <Provider key={provider.id} provider={provider} onDelete={mayWrite ? setDeleted : undefined} />
                  ))}
                </ul>
                <OffsetPager offset={offset} size={SIZE} total={total_count} onOffset={setOffset} />
              </>
            )
          }
        </Loaded>
      </Section>
      <Section title="Of the installation">
        <Loaded query={all} what="the providers" rows={3}>
          {({ data }) => <p className="max-w-prose text-muted">{data.map(({ name }) => name).join(', ') || 'None.'}</p>}
        </Loaded>
      </Section>
      <ConfirmDialog
        operation={deleteCustomProvider}
        title="Delete the provider"
        typed={deleted?.slug}
        action="Delete the provider"
        isOpen={deleted !== undefined}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (deleted !== undefined) remove.mutate({ id: deleted.id })
        }}
        onClose={() => setDeleted(undefined)}
      >
        <p>Its models can not be called any more, and its credential is wiped.</p>
      </ConfirmDialog>
    </>
  )
}

function Provider({
  provider,
  onDelete,
}: {
  provider: CustomProviderWire
  onDelete: ((provider: CustomProviderWire) => void) | undefined
}) {
  const placeName = usePlaceName()
  const { name, slug, base_url, dialect, key_label, workspace_ids, models } = provider
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <p className="font-medium break-words">
            {name} <span className="font-mono text-sm text-muted">{slug}</span>
          </p>
          <p className="text-sm break-all text-muted">
            {base_url} · {dialect} · {key_label ?? 'no credential'} ·{' '}
            {workspace_ids === null ? 'all workspaces' : workspace_ids.map(placeName).join(', ')}
          </p>
        </div>
        {onDelete === undefined ? null : (
          <Button
            data-operation={deleteCustomProvider.id}
            size="small"
            className="text-danger"
            onClick={() => onDelete(provider)}
          >
            Delete
          </Button>
        )}
      </div>
      <ul className="figures flex flex-col gap-1 text-sm">
        {models.map(({ id, pricing }) => (
          <li key={id} className="flex flex-wrap justify-between gap-x-4">
            <span className="font-mono break-all">{id}</span>
            <span className="text-muted">
              {formatTokenPrice(pricing?.prompt)} in · {formatTokenPrice(pricing?.completion)} out
            </span>
          </li>
        ))}
      </ul>
    </li>
  )
}
