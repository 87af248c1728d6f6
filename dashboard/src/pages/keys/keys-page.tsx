import { KeyRound, Plus } from 'lucide-react'
import { z } from 'zod'
import { createKeys, KEYS_PAGE_SIZE, listKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataTable, Pager } from '../../components/data-table.tsx'
import { CheckField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { CreateKeyDialog } from './create-key-dialog.tsx'
import { KeyDrawer } from './key-drawer.tsx'
import { keyColumns } from './key-table.tsx'
import { useKeyUsage } from './use-key-usage.ts'

const Search = z.object({
  create: z.string().optional(),
  key: z.string().optional(),
  disabled: z.string().optional(),
  offset: z.coerce.number().int().min(0).catch(0).optional(),
})

/** The keys of a workspace. */
export function KeysPage() {
  const workspace = useWorkspace()
  const [{ create, key, disabled, offset = 0 }, change] = useFilters(Search)
  const mayCreate = useReach('key:create', workspace.id) !== undefined
  const reach = useReach('key:read', workspace.id)
  const keys = useOperation(
    listKeys,
    { workspace_id: workspace.id, include_disabled: disabled !== 'hidden', offset },
    { keepsPrevious: true },
  )
  const usageOf = useKeyUsage(
    workspace.id,
    (keys.data?.data ?? []).map(({ hash }) => hash),
  )
  const generate = mayCreate ? (
    <Button data-operation={createKeys.id} look="primary" onClick={() => change({ create: 'yes' })}>
      <Plus aria-hidden />
      Generate key
    </Button>
  ) : undefined
  return (
    <Page
      title="Keys"
      description={
        reach === 'own'
          ? 'Your keys in this workspace.'
          : 'Whatever calls models in this workspace does so with one of these.'
      }
      action={generate}
    >
      <Loaded query={keys} what="the keys">
        {({ data }) =>
          data.length === 0 && offset === 0 && disabled !== 'hidden' ? (
            <EmptyState icon={KeyRound} title="No key yet" action={generate}>
              A key lets an application call models on this workspace's account, within the limits you give it.
            </EmptyState>
          ) : (
            <>
              <div className="mb-3">
                <CheckField
                  label="Show disabled keys"
                  checked={disabled !== 'hidden'}
                  onChange={(event) =>
                    change({ disabled: event.target.checked ? undefined : 'hidden', offset: undefined })
                  }
                />
              </div>
              <DataTable
                caption="Keys"
                columns={keyColumns({ open: (hash) => change({ key: hash }), usageOf })}
                rows={data}
                keyOf={({ hash }) => hash}
                onOpen={({ hash }) => change({ key: hash })}
                isSelected={({ hash }) => hash === key}
                isDimmed={keys.isPlaceholderData}
              />
              <KeysPager offset={offset} shown={data.length} onOffset={(next) => change({ offset: String(next) })} />
            </>
          )
        }
      </Loaded>
      <CreateKeyDialog isOpen={create !== undefined && mayCreate} onClose={() => change({ create: undefined })} />
      <KeyDrawer hash={key} onClose={() => change({ key: undefined })} onRotated={(hash) => change({ key: hash })} />
    </Page>
  )
}

/** The list doesn't say how many there are: a full page may have one after it. */
function KeysPager({ offset, shown, onOffset }: { offset: number; shown: number; onOffset: (offset: number) => void }) {
  return (
    <Pager
      summary=""
      onBack={offset > 0 ? () => onOffset(Math.max(0, offset - KEYS_PAGE_SIZE)) : undefined}
      onNext={shown === KEYS_PAGE_SIZE ? () => onOffset(offset + KEYS_PAGE_SIZE) : undefined}
    />
  )
}
