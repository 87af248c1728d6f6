import type { ReactNode } from 'react'
import { AUDIT_OPERATIONS, type AuditLogWire } from '../../../../src/contract/management/audit.ts'
import { useOperation } from '../../api/use-operation.ts'
import { CopyText, Snippet } from '../../components/copy-text.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { formatInstant } from '../../format/time.ts'
import { ACTOR_WORDS, actionWords } from './audit-filter.ts'

/** One entry: everything that is known of it, and the thing before and after. */
export function AuditDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Dialog title="Entry of the audit log" place="side" size="wide" isOpen={id !== undefined} onClose={onClose}>
      {id === undefined ? null : <Entry id={id} />}
    </Dialog>
  )
}

function Entry({ id }: { id: string }) {
  const entry = useOperation(AUDIT_OPERATIONS.getAuditLog, { id })
  return (
    <Loaded query={entry} what="the entry">
      {({ data }) => (
        <div className="flex flex-col gap-5">
          <div>
            <h3 className="text-lg font-semibold">{actionWords(data.action)}</h3>
            <p className="text-muted">{formatInstant(data.created_at)}</p>
          </div>
          <dl className="divide-y divide-line border-y border-line">
            <Fact name="Who">{ACTOR_WORDS[data.actor_kind]}</Fact>
            {data.user_id === null ? null : (
              <Fact name="Member">
                <CopyText text={data.user_id} />
              </Fact>
            )}
            {data.actor_id === null ? null : (
              <Fact name="By">
                <CopyText text={data.actor_id} />
              </Fact>
            )}
            <Fact name={data.resource_type.replaceAll('_', ' ')}>
              <CopyText text={data.resource_id} />
            </Fact>
            <Fact name="How">{data.surface}</Fact>
            <Fact name="From">{data.ip ?? '–'}</Fact>
            <Fact name="Program">{data.user_agent ?? '–'}</Fact>
            <Fact name="Request">{data.request_id === null ? '–' : <CopyText text={data.request_id} />}</Fact>
            <Fact name="Number">{data.sequence}</Fact>
            <Fact name="Hash">
              <CopyText text={data.hash} shown={`${data.hash.slice(0, 16)}…`} />
            </Fact>
          </dl>
          <BeforeAndAfter wire={data} />
        </div>
      )}
    </Loaded>
  )
}

function BeforeAndAfter({ wire: { before, after } }: { wire: AuditLogWire }) {
  const changed = changedFields(before, after)
  return (
    <>
      {changed.length === 0 ? null : (
        <p>
          Changed: <span className="font-mono text-sm break-words">{changed.join(', ')}</span>
        </p>
      )}
      {before === null || before === undefined ? null : (
        <div className="flex flex-col gap-1">
          <h4 className="font-semibold">Before</h4>
          <Snippet label="Before" code={JSON.stringify(before, null, 2)} />
        </div>
      )}
      {after === null || after === undefined ? null : (
        <div className="flex flex-col gap-1">
          <h4 className="font-semibold">After</h4>
          <Snippet label="After" code={JSON.stringify(after, null, 2)} />
        </div>
      )}
    </>
  )
}

/** Names of the fields that differ; none where the thing came into being or went. */
function changedFields(before: unknown, after: unknown): string[] {
  if (!isRecord(before) || !isRecord(after)) return []
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-6 py-2">
      <dt className="shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0 text-right break-words">{children}</dd>
    </div>
  )
}
