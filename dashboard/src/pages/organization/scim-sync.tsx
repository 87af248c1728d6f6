import { SCIM_OPERATIONS, type ScimSyncJobWire } from '../../../../src/contract/management/scim.ts'
import { useOperation } from '../../api/use-operation.ts'
import { FailureNote } from '../../components/states.tsx'

const EVERY_MS = 2_000

/** How far deriving the memberships anew has come. */
export function SyncState({ id }: { id: string }) {
  const job = useOperation(SCIM_OPERATIONS.getScimSyncJob, { id }, { everyMs: EVERY_MS })
  return (
    <div role="status" className="mb-4">
      <FailureNote error={job.error} />
      {job.data === undefined ? null : <p className="text-muted">{words(job.data.data)}</p>}
    </div>
  )
}

function words({ status, synced_groups, deleted_groups, error_message }: ScimSyncJobWire): string {
  if (status === 'succeeded')
    return `Memberships are derived anew: ${synced_groups ?? 0} groups, ${deleted_groups ?? 0} gone.`
  if (status === 'failed') return `Deriving memberships failed: ${error_message ?? 'no reason was given'}.`
  return 'Memberships are being derived anew.'
}
