import { useState } from 'react'
import { DESTINATION_OPERATIONS, type DestinationWire } from '../../../../src/contract/management/destinations.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Fact, Facts } from '../../components/facts.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { ThingActions } from '../../components/thing-actions.tsx'
import { toast } from '../../components/toast.tsx'
import { formatShare } from '../../format/figures.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { DestinationDelivery } from './destination-delivery.tsx'
import { DestinationDialog } from './destination-dialog.tsx'
import { configFields, TYPE_TITLES } from './destination-fields.ts'
import { DestinationState } from './destination-state.tsx'

const {
  deleteObservabilityDestination: remove,
  getObservabilityDestination: get,
  listObservabilityDestinations: list,
  updateObservabilityDestination: update,
} = DESTINATION_OPERATIONS

/** One destination. Its secrets are masked. */
export function DestinationDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Dialog title="Destination" place="side" isOpen={id !== undefined} onClose={onClose}>
      {id === undefined ? null : <Details id={id} onDeleted={onClose} />}
    </Dialog>
  )
}

function Details({ id, onDeleted }: { id: string; onDeleted: () => void }) {
  const destination = useOperation(get, { id })
  return (
    <Loaded query={destination} what="the destination" rows={4}>
      {({ data }) => (
        <div className="flex flex-col gap-5">
          <div className="min-w-0">
            <h3 className="text-lg font-semibold break-words">{data.name}</h3>
            <p className="mt-1">
              <DestinationState wire={data} />
            </p>
          </div>
          <Actions wire={data} onDeleted={onDeleted} />
          <What wire={data} />
          <DestinationDelivery id={data.id} />
        </div>
      )}
    </Loaded>
  )
}

function What({ wire }: { wire: DestinationWire }) {
  const rules = wire.filter_rules?.groups.reduce((sum, { rules: of }) => sum + of.length, 0) ?? 0
  const told = [
    wire.broadcast_generation_cost ? 'cost' : '',
    wire.broadcast_generation_identity ? 'who made it' : '',
    wire.broadcast_generation_request_context ? 'where it came from' : '',
  ].filter((word) => word !== '')
  return (
    <Facts>
      <Fact name="Type">{TYPE_TITLES[wire.type]}</Fact>
      {configFields(wire.type)
        .filter(({ name }) => wire.config[name] !== undefined && wire.config[name] !== null)
        .map(({ name, title }) => (
          <Fact key={name} name={title}>
            <span className="font-mono text-sm break-all">{String(wire.config[name])}</span>
          </Fact>
        ))}
      <Fact name="Prompts and answers">{wire.privacy_mode ? 'left out' : 'sent along'}</Fact>
      <Fact name="Told beside it">{told.length === 0 ? 'nothing' : told.join(', ')}</Fact>
      <Fact name="Of requests">{formatShare(wire.sampling_rate)}</Fact>
      <Fact name="Of keys">{wire.api_key_hashes === null ? 'all' : `${wire.api_key_hashes.length} chosen`}</Fact>
      {rules === 0 ? null : (
        <Fact name="Filter">
          {rules} {rules === 1 ? 'rule' : 'rules'}
          {wire.filter_rules?.enabled === false ? ', switched off' : ''}
        </Fact>
      )}
      <Fact name="Changed">
        <When iso={wire.updated_at} />
      </Fact>
    </Facts>
  )
}

function Actions({ wire, onDeleted }: { wire: DestinationWire; onDeleted: () => void }) {
  const mayWrite = useReach('destination:write', useWorkspace().id) !== undefined
  const [open, setOpen] = useState<'edit' | 'delete'>()
  const close = () => setOpen(undefined)
  const toggle = useChange(update, {
    refreshes: [list, get],
    onDone: ({ data }) => toast(data.enabled ? 'Enabled.' : 'Disabled.'),
  })
  if (!mayWrite) return null
  return (
    <div className="flex flex-col gap-2">
      <ThingActions
        operations={{ update, remove }}
        isOn={wire.enabled}
        toggle={toggle}
        onEdit={() => setOpen('edit')}
        onToggle={() => toggle.mutate({ id: wire.id, enabled: !wire.enabled })}
        onDelete={() => setOpen('delete')}
      />
      <DestinationDialog wire={wire} isOpen={open === 'edit'} onClose={close} />
      <DeleteDialog
        action="Delete the destination"
        typed={wire.name.slice(0, 40).trim()}
        operation={remove}
        input={open === 'delete' ? { id: wire.id } : undefined}
        refreshes={[list]}
        onDone={() => {
          toast('Deleted, and its secrets wiped.')
          onDeleted()
        }}
        onClose={close}
      >
        <p>Its settings are gone, its secrets are wiped, and what waits to be sent to it is dropped.</p>
      </DeleteDialog>
    </div>
  )
}
