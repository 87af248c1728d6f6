import { Download, ScrollText, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { AUDIT_OPERATIONS, type AuditLogWire } from '../../../../src/contract/management/audit.ts'
import { isHeldAnywhere } from '../../access/access.ts'
import { useReach, useSession } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { type Column, DataTable, Pager } from '../../components/data-table.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { AuditDrawer } from './audit-drawer.tsx'
import { ACTOR_WORDS, AuditSearch, actionWords, toAuditFilter } from './audit-filter.ts'
import { AuditFilters } from './audit-filters.tsx'
import { ExportDialog } from './export-dialog.tsx'
import { VerifyDialog } from './verify-dialog.tsx'

type Open = 'verify' | 'export' | undefined

/** Who changed what and when, newest first. */
export function AuditPage() {
  const [search, change] = useFilters(AuditSearch)
  const [open, setOpen] = useState<Open>()
  const mayVerify = useReach('audit:verify') !== undefined
  const mayExport = isHeldAnywhere(useSession().access, 'audit:export')
  const filter = toAuditFilter(search)
  const log = useOperation(
    AUDIT_OPERATIONS.listAuditLogs,
    { ...filter, cursor: search.cursor },
    { keepsPrevious: true },
  )
  return (
    <Page
      title="Audit log"
      description="Who changed what, when, from where and how. Each entry is sealed by the one before it."
      action={
        <>
          {mayVerify ? (
            <Button data-operation={AUDIT_OPERATIONS.verifyAuditLogs.id} onClick={() => setOpen('verify')}>
              <ShieldCheck aria-hidden />
              Verify
            </Button>
          ) : null}
          {mayExport ? (
            <Button data-operation={AUDIT_OPERATIONS.exportAuditLogs.id} onClick={() => setOpen('export')}>
              <Download aria-hidden />
              Export
            </Button>
          ) : null}
        </>
      }
    >
      <AuditFilters search={search} change={change} />
      <Loaded query={log} what="the audit log">
        {({ data, next_cursor }) =>
          data.length === 0 ? (
            <EmptyState icon={ScrollText} title="Nothing was changed">
              No entry is like that. Every change that anybody makes leaves one.
            </EmptyState>
          ) : (
            <>
              <DataTable
                caption="Audit log"
                columns={columns((id) => change({ entry: id }))}
                rows={data}
                keyOf={({ id }) => id}
                onOpen={({ id }) => change({ entry: id })}
                isSelected={({ id }) => id === search.entry}
                isDimmed={log.isPlaceholderData}
              />
              <Pager
                summary=""
                onBack={search.cursor === undefined ? undefined : () => history.back()}
                onNext={next_cursor === null ? undefined : () => change({ cursor: next_cursor })}
              />
            </>
          )
        }
      </Loaded>
      <AuditDrawer id={search.entry} onClose={() => change({ entry: undefined })} />
      <VerifyDialog isOpen={open === 'verify'} onClose={() => setOpen(undefined)} />
      <ExportDialog isOpen={open === 'export'} filter={filter} onClose={() => setOpen(undefined)} />
    </Page>
  )
}

function columns(open: (id: string) => void): readonly Column<AuditLogWire>[] {
  return [
    { id: 'when', header: 'When', cell: ({ created_at }) => <When iso={created_at} /> },
    {
      id: 'action',
      header: 'What',
      cell: ({ id, action }) => (
        <button type="button" className="text-left font-medium hover:text-accent-text" onClick={() => open(id)}>
          {actionWords(action)}
        </button>
      ),
    },
    {
      id: 'resource',
      header: 'Of',
      from: 'sm',
      cell: ({ resource_type, resource_id }) => (
        <span className="flex max-w-56 flex-col">
          <span>{resource_type.replaceAll('_', ' ')}</span>
          <span className="truncate font-mono text-xs text-muted" title={resource_id}>
            {resource_id}
          </span>
        </span>
      ),
    },
    {
      id: 'actor',
      header: 'Who',
      from: 'md',
      cell: ({ actor_kind, user_id, actor_id }) => (
        <span className="flex max-w-48 flex-col">
          <span>{ACTOR_WORDS[actor_kind]}</span>
          <span className="truncate font-mono text-xs text-muted">{user_id ?? actor_id ?? ''}</span>
        </span>
      ),
    },
    { id: 'surface', header: 'How', from: 'lg', cell: ({ surface }) => surface },
    { id: 'ip', header: 'From', from: 'lg', cell: ({ ip }) => <span className="font-mono text-sm">{ip ?? '–'}</span> },
    { id: 'sequence', header: 'No.', align: 'right', from: 'lg', cell: ({ sequence }) => sequence },
  ]
}
