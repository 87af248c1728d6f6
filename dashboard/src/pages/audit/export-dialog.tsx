import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { AUDIT_EXPORT_ROWS_MAX, AUDIT_OPERATIONS } from '../../../../src/contract/management/audit.ts'
import { saveText } from '../../analytics/csv.ts'
import { call } from '../../api/call.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { formatExactCount } from '../../format/figures.ts'
import type { AuditFilter } from './audit-filter.ts'

const FORMATS = { csv: 'text/csv', jsonl: 'application/jsonl' } as const
/** More than a browser should hold in its memory; programs fetch page by page without a bound. */
const ROWS_MAX = 100_000

/** Saves the entries that the filters let through, oldest first. */
export function ExportDialog({
  isOpen,
  filter,
  onClose,
}: {
  isOpen: boolean
  filter: AuditFilter
  onClose: () => void
}) {
  const [format, setFormat] = useState<keyof typeof FORMATS>('csv')
  const [done, setDone] = useState(0)
  const save = useMutation<number, Error>({ mutationFn: () => exportAll(format, filter, setDone) })
  const close = () => {
    save.reset()
    setDone(0)
    onClose()
  }
  return (
    <Dialog
      title="Export the audit log"
      description="All entries that the filters of the page let through, oldest first."
      isOpen={isOpen}
      onClose={close}
    >
      <SelectField
        label="As"
        value={format}
        onChange={(event) => setFormat(event.target.value as keyof typeof FORMATS)}
        choices={[
          { value: 'csv', label: 'CSV' },
          { value: 'jsonl', label: 'JSON lines' },
        ]}
      />
      <p role="status" className="mt-3 text-muted">
        {save.data !== undefined
          ? `${formatExactCount(save.data)} entries were saved.`
          : save.isPending
            ? `${formatExactCount(done)} entries so far…`
            : ''}
      </p>
      <FailureNote error={save.error} />
      <DialogActions>
        <Button onClick={close}>Close</Button>
        <Button
          data-operation={AUDIT_OPERATIONS.exportAuditLogs.id}
          look="primary"
          isBusy={save.isPending}
          onClick={() => save.mutate()}
        >
          Export
        </Button>
      </DialogActions>
    </Dialog>
  )
}

/** How many entries were saved. Each page of CSV begins with its header, of which the file needs one. */
async function exportAll(
  format: keyof typeof FORMATS,
  filter: AuditFilter,
  tell: (rows: number) => void,
): Promise<number> {
  const pages: string[] = []
  let rows = 0
  for (let cursor: string | null | undefined; cursor !== null && rows < ROWS_MAX; ) {
    const answer = await call(AUDIT_OPERATIONS.exportAuditLogs, {
      ...filter,
      format,
      limit: AUDIT_EXPORT_ROWS_MAX,
      cursor,
    })
    const { content, row_count } = answer.data
    pages.push(format === 'csv' && pages.length > 0 ? content.slice(content.indexOf('\n') + 1) : content)
    rows += row_count
    cursor = answer.next_cursor
    tell(rows)
  }
  saveText(`audit-log.${format}`, FORMATS[format], pages.join(''))
  return rows
}
