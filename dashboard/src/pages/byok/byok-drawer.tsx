import { type ReactNode, useState } from 'react'
import { BYOK_OPERATIONS, type ByokKeyWire } from '../../../../src/contract/management/byok.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Fact, Facts } from '../../components/facts.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { ThingActions } from '../../components/thing-actions.tsx'
import { toast } from '../../components/toast.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { personName, usePeople } from '../members/people.ts'
import { ByokDialog } from './byok-dialog.tsx'
import { byokTitle } from './byok-table.tsx'

const { deleteBYOKKey, getBYOKKey, listBYOKKeys, updateBYOKKey } = BYOK_OPERATIONS

/** One credential: what it is for, and what can be done with it. Its secret is never shown. */
export function ByokDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Dialog title="Credential" place="side" isOpen={id !== undefined} onClose={onClose}>
      {id === undefined ? null : <Details id={id} onDeleted={onClose} />}
    </Dialog>
  )
}

function Details({ id, onDeleted }: { id: string; onDeleted: () => void }) {
  const credential = useOperation(getBYOKKey, { id })
  return (
    <Loaded query={credential} what="the credential" rows={4}>
      {({ data }) => (
        <div className="flex flex-col gap-5">
          <div className="min-w-0">
            <h3 className="text-lg font-semibold break-words">{byokTitle(data)}</h3>
            <p className="mt-1">
              <StatusDot tone={data.disabled ? 'plain' : 'good'} label={data.disabled ? 'Disabled' : 'In use'} />
            </p>
          </div>
          <Actions wire={data} onDeleted={onDeleted} />
          <What wire={data} />
        </div>
      )}
    </Loaded>
  )
}

function What({ wire }: { wire: ByokKeyWire }) {
  const people = usePeople()
  const members = wire.allowed_user_ids?.map((userId) => personName(people.data, userId))
  return (
    <Facts>
      <Fact name="Provider">
        <Mono>{wire.provider}</Mono>
      </Fact>
      <Fact name="Reads as">
        <Mono>{wire.label}</Mono>
      </Fact>
      <Fact name="Holds in">{wire.workspace_id === null ? 'every workspace' : 'this workspace'}</Fact>
      <Fact name="Address">{wire.base_url === null ? "the provider's own" : <Mono>{wire.base_url}</Mono>}</Fact>
      <Fact name="Used">{wire.is_fallback ? "after the installation's own capacity" : 'first'}</Fact>
      <Fact name="The installation's own capacity">{ownCapacity(wire)}</Fact>
      <Fact name="Models">{wire.allowed_models === null ? 'all' : <Mono>{wire.allowed_models.join(', ')}</Mono>}</Fact>
      <Fact name="Members">{members === undefined ? 'all' : members.join(', ')}</Fact>
      <Fact name="Keys">
        {wire.allowed_api_key_hashes === null ? 'all' : `${wire.allowed_api_key_hashes.length} chosen`}
      </Fact>
      <Fact name="Zero data retention">{zdrWords(wire)}</Fact>
      <Fact name="Added">
        <When iso={wire.created_at} />
      </Fact>
    </Facts>
  )
}

function ownCapacity({ is_byok_only, is_required }: ByokKeyWire): string {
  if (is_byok_only) return 'not used at this provider'
  return is_required ? 'not used for its models' : 'used, too'
}

function zdrWords({ declared_zdr }: ByokKeyWire): string {
  if (declared_zdr === null) return 'as is known of the provider'
  return declared_zdr ? 'the provider keeps nothing' : 'the provider keeps something'
}

function Mono({ children }: { children: ReactNode }) {
  return <span className="font-mono text-sm break-all">{children}</span>
}

/** Those of the whole organization are for its administrators. */
function Actions({ wire, onDeleted }: { wire: ByokKeyWire; onDeleted: () => void }) {
  const mayWrite = useReach('byok:write', wire.workspace_id ?? undefined) !== undefined
  const workspace = useWorkspace()
  const [open, setOpen] = useState<'edit' | 'delete'>()
  const close = () => setOpen(undefined)
  const toggle = useChange(updateBYOKKey, {
    refreshes: [listBYOKKeys, getBYOKKey],
    onDone: ({ data }) => toast(data.disabled ? 'Disabled. The next request does without it.' : 'Enabled.'),
  })
  if (!mayWrite) return null
  return (
    <div className="flex flex-col gap-2">
      <ThingActions
        operations={{ update: updateBYOKKey, remove: deleteBYOKKey }}
        isOn={!wire.disabled}
        toggle={toggle}
        onEdit={() => setOpen('edit')}
        onToggle={() => toggle.mutate({ id: wire.id, disabled: !wire.disabled })}
        onDelete={() => setOpen('delete')}
      />
      <ByokDialog wire={wire} isOpen={open === 'edit'} onClose={close} />
      <DeleteDialog
        action="Delete the credential"
        typed={wire.provider}
        operation={deleteBYOKKey}
        input={open === 'delete' ? { id: wire.id } : undefined}
        refreshes={[listBYOKKeys]}
        onDone={() => {
          toast('Deleted, and its secret wiped.')
          onDeleted()
        }}
        onClose={close}
      >
        <p>
          Its secret is wiped. From the next request on {wire.workspace_id === null ? 'all workspaces' : workspace.name}{' '}
          use what else there is, which may cost credits.
        </p>
      </DeleteDialog>
    </div>
  )
}
