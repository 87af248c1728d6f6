import { Pencil, Plus, Send, Server, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { listProviders } from '../../../../src/contract/inference/catalogue.ts'
import {
  CUSTOM_PROVIDER_OPERATIONS,
  type CustomProviderWire,
} from '../../../../src/contract/management/custom-providers.ts'
import { createKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { OffsetPager } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { MenuItem, MenuRule } from '../../components/menu.tsx'
import { Section } from '../../components/page.tsx'
import { RowMenu } from '../../components/row-menu.tsx'
import { EmptyState } from '../../components/states.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { formatTokenPrice } from '../../format/money.ts'
import { usePlaceName } from '../../frame/use-places.ts'
import { ProviderDialog } from './provider-dialog.tsx'
import { ProviderTest } from './provider-test.tsx'

const { createCustomProvider, deleteCustomProvider, listCustomProviders, updateCustomProvider } =
  CUSTOM_PROVIDER_OPERATIONS
const SIZE = 20

/** The organization's own providers with their prices, and those of the installation. */
export function ProvidersTab() {
  const [offset, setOffset] = useState(0)
  const [tried, setTried] = useState<CustomProviderWire>()
  const opened = useOpened<CustomProviderWire>()
  const mayWrite = useReach('custom-provider:write') !== undefined
  const own = useOperation(listCustomProviders, { offset, limit: SIZE }, { keepsPrevious: true })
  const all = useOperation(listProviders, {})
  const add = mayWrite ? (
    <Button data-operation={createCustomProvider.id} onClick={opened.add}>
      <Plus aria-hidden />
      Add a provider
    </Button>
  ) : undefined
  const actions = mayWrite ? { edit: opened.edit, remove: opened.remove, test: setTried } : undefined
  const { deleted } = opened
  return (
    <>
      <Section
        title="Your own"
        description="Prices are those of a million tokens."
        action={own.data === undefined || own.data.data.length === 0 ? undefined : add}
      >
        <Loaded query={own} what="the providers" rows={3}>
          {({ data, total_count }) =>
            data.length === 0 ? (
              <EmptyState icon={Server} title="No provider of your own" action={add}>
                An endpoint of yours, such as vLLM or a company's own gateway, with its models and prices.
              </EmptyState>
            ) : (
              <>
                <ul className="divide-y divide-line border-y border-line">
                  {data.map((provider) => (
                    <Provider key={provider.id} provider={provider} actions={actions} />
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
          {({ data }) => (
            <p className="max-w-prose text-muted">
              {data
                .filter(({ slug }) => !(own.data?.data ?? []).some((provider) => provider.slug === slug))
                .map(({ name }) => name)
                .join(', ') || 'None.'}
            </p>
          )}
        </Loaded>
      </Section>
      <ProviderDialog isOpen={opened.isForm} provider={opened.edited} onClose={opened.close} />
      <ProviderTest provider={tried} onClose={() => setTried(undefined)} />
      <DeleteDialog
        action="Delete the provider"
        typed={deleted?.slug}
        operation={deleteCustomProvider}
        input={deleted && { id: deleted.id }}
        refreshes={[listCustomProviders, listProviders]}
        onClose={opened.close}
      >
        <p>Its models can not be called any more, and its credential is wiped.</p>
      </DeleteDialog>
    </>
  )
}

type Actions = Record<'edit' | 'remove' | 'test', (provider: CustomProviderWire) => void>

function Provider({ provider, actions }: { provider: CustomProviderWire; actions: Actions | undefined }) {
  const placeName = usePlaceName()
  const { name, slug, base_url, dialect, key_label, workspace_ids, models } = provider
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <p className="font-medium break-words">
            {name} <span className="font-mono text-sm text-muted">{slug}</span>
          </p>
          <p className="text-sm break-all text-muted">
            {base_url} · {dialect} · {key_label ?? 'no credential'} ·{' '}
            {workspace_ids === null ? 'all workspaces' : workspace_ids.map(placeName).join(', ')}
          </p>
        </div>
        {actions === undefined ? null : <ProviderMenu provider={provider} actions={actions} />}
      </div>
      <ul className="figures flex flex-col gap-1 text-sm">
        {models.map((model) => (
          <li key={model.id} className="flex flex-wrap justify-between gap-x-4">
            <span className="font-mono break-all">{model.id}</span>
            <span className="text-muted">{priceWords(model)}</span>
          </li>
        ))}
      </ul>
    </li>
  )
}

function ProviderMenu({ provider, actions }: { provider: CustomProviderWire; actions: Actions }) {
  return (
    <RowMenu name={provider.name}>
      <MenuItem operation={updateCustomProvider} onSelect={() => actions.edit(provider)}>
        <Pencil />
        Change
      </MenuItem>
      <MenuItem operation={createKeys} onSelect={() => actions.test(provider)}>
        <Send />
        Try it
      </MenuItem>
      <MenuRule />
      <MenuItem operation={deleteCustomProvider} isDanger onSelect={() => actions.remove(provider)}>
        <Trash2 />
        Delete
      </MenuItem>
    </RowMenu>
  )
}

function priceWords({ free, pricing }: CustomProviderWire['models'][number]): string {
  if (free === true) return 'free'
  if (pricing?.prompt === undefined) return `$${pricing?.request ?? '0'} a request`
  return `${formatTokenPrice(pricing.prompt)} in · ${formatTokenPrice(pricing.completion)} out`
}
