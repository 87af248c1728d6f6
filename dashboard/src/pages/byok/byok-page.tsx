import { KeySquare, Plus } from 'lucide-react'
import { z } from 'zod'
import { BYOK_OPERATIONS } from '../../../../src/contract/management/byok.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { pageOf, useFilters } from '../../frame/use-filters.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { ByokDialog } from './byok-dialog.tsx'
import { ByokDrawer } from './byok-drawer.tsx'
import { byokColumns, inOrder } from './byok-table.tsx'
import { useReorder } from './use-reorder.ts'

const SIZE = 100
const Search = z.object({
  create: z.string().optional(),
  credential: z.string().optional(),
  offset: z.coerce.number().int().min(0).catch(0).optional(),
})

/** A workspace's own credentials at providers, in the order in which they are used. */
export function ByokPage() {
  const workspace = useWorkspace()
  const [{ create, credential, offset = 0 }, change] = useFilters(Search)
  const mayWrite = useReach('byok:write', workspace.id) !== undefined
  const credentials = useOperation(
    BYOK_OPERATIONS.listBYOKKeys,
    { workspace_id: workspace.id, limit: SIZE, offset },
    { keepsPrevious: true },
  )
  const { move, isBusy, error } = useReorder()
  const add = mayWrite ? (
    <Button data-operation={BYOK_OPERATIONS.createBYOKKey.id} look="primary" onClick={() => change({ create: 'yes' })}>
      <Plus aria-hidden />
      Add credential
    </Button>
  ) : undefined
  const open = (id: string) => change({ credential: id })
  return (
    <Page
      title="BYOK"
      description="Bring your own keys: what runs on them is billed by the provider and costs no credits here. Per provider, the first that may be used is."
      action={add}
    >
      <DataList
        query={credentials}
        what="the credentials"
        caption="Credentials"
        arrange={(rows) => inOrder(rows, workspace.id)}
        note={<FailureNote error={error} />}
        columns={byokColumns({
          open,
          rows: inOrder(credentials.data?.data ?? [], workspace.id),
          workspaceId: workspace.id,
          ...(mayWrite ? { move } : {}),
          isBusy,
        })}
        keyOf={({ id }) => id}
        onOpen={({ id }) => open(id)}
        isSelected={({ id }) => id === credential}
        page={pageOf(offset, SIZE, change)}
        empty={
          <EmptyState icon={KeySquare} title="No credential yet" action={add}>
            Requests are answered with this installation's own capacity. With a credential of yours they run on your
            account at the provider.
          </EmptyState>
        }
      />
      <ByokDialog isOpen={create !== undefined && mayWrite} onClose={() => change({ create: undefined })} />
      <ByokDrawer id={credential} onClose={() => change({ credential: undefined })} />
    </Page>
  )
}
