import { Plus, ShieldCheck } from 'lucide-react'
import { z } from 'zod'
import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { pageOf, useFilters } from '../../frame/use-filters.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { DefaultNotice } from './default-notice.tsx'
import { GuardrailDialog } from './guardrail-dialog.tsx'
import { GuardrailDrawer } from './guardrail-drawer.tsx'
import { summaryOf } from './summary.ts'

const SIZE = 50
const Search = z.object({
  create: z.string().optional(),
  edit: z.literal('default').optional().catch(undefined),
  guardrail: z.string().optional(),
  offset: z.coerce.number().int().min(0).catch(0).optional(),
})

/** What keys and members of a workspace may send, where to, and for how much. */
export function GuardrailsPage() {
  const workspace = useWorkspace()
  const [{ create, edit, guardrail, offset = 0 }, change] = useFilters(Search)
  const mayWrite = useReach('guardrail:write', workspace.id) !== undefined
  const guardrails = useOperation(
    GUARDRAIL_OPERATIONS.listGuardrails,
    { workspace_id: workspace.id, limit: SIZE, offset },
    { keepsPrevious: true },
  )
  const add = mayWrite ? (
    <Button
      data-operation={GUARDRAIL_OPERATIONS.createGuardrail.id}
      look="primary"
      onClick={() => change({ create: 'yes' })}
    >
      <Plus aria-hidden />
      New guardrail
    </Button>
  ) : undefined
  return (
    <Page
      title="Guardrails"
      description="What may be sent, to which models and providers, and for how much. Of several the strictest counts."
      action={add}
    >
      <DefaultNotice listed={guardrails.data?.data} isOpen={edit !== undefined} change={change} />
      <DataList
        query={guardrails}
        what="the guardrails"
        caption="Guardrails"
        columns={columns(workspace.default_guardrail_id, (id) => change({ guardrail: id }))}
        keyOf={({ id }) => id}
        onOpen={({ id }) => change({ guardrail: id })}
        isSelected={({ id }) => id === guardrail}
        page={pageOf(offset, SIZE, change)}
        empty={
          <EmptyState icon={ShieldCheck} title="No guardrail yet" action={add}>
            A guardrail keeps models, providers, personal data or spending away from the keys and members that it is
            assigned to, or from the whole workspace.
          </EmptyState>
        }
      />
      <GuardrailDialog isOpen={create !== undefined && mayWrite} onClose={() => change({ create: undefined })} />
      <GuardrailDrawer id={guardrail} onClose={() => change({ guardrail: undefined })} />
    </Page>
  )
}

function columns(defaultId: string, open: (id: string) => void): readonly Column<GuardrailWire>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      cell: ({ id, name }) => (
        <span className="flex max-w-72 min-w-32 flex-col items-start gap-1">
          <button
            type="button"
            onClick={() => open(id)}
            className="max-w-full truncate text-left font-medium hover:text-accent-text"
          >
            {name}
          </button>
          {id === defaultId ? <Badge tone="attention">Whole workspace</Badge> : null}
        </span>
      ),
    },
    {
      id: 'does',
      header: 'What it does',
      cell: (wire) => <span className="block min-w-40 text-muted">{summaryOf(wire).join(' · ')}</span>,
    },
    {
      id: 'narrowed',
      header: 'Ceiling',
      from: 'md',
      cell: ({ narrowed_by }) => (narrowed_by.length === 0 ? '–' : <Badge tone="attention">narrowed</Badge>),
    },
    {
      id: 'created',
      header: 'Created',
      align: 'right',
      from: 'lg',
      cell: ({ created_at }) => <When iso={created_at} />,
    },
  ]
}
