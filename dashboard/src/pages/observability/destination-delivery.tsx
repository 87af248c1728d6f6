import { useState } from 'react'
import {
  DESTINATION_DELIVERY_OPERATIONS,
  type DeadLetterWire,
  type DeliveryWire,
} from '../../../../src/contract/management/destination-delivery.ts'
import { DESTINATION_OPERATIONS } from '../../../../src/contract/management/destinations.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { Fact, Facts } from '../../components/facts.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { formatExactCount } from '../../format/figures.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'

const {
  deleteObservabilityDeadLetters: drop,
  getObservabilityDelivery: get,
  listObservabilityDeadLetters: list,
  replayObservabilityDeadLetters: replay,
  testObservabilityDestination: test,
} = DESTINATION_DELIVERY_OPERATIONS
const TOUCHED = [
  get,
  list,
  DESTINATION_OPERATIONS.listObservabilityDestinations,
  DESTINATION_OPERATIONS.getObservabilityDestination,
]
const EVERY_MS = 5_000
const SHOWN_MAX = 10

/** How sending to a destination fares, and what it didn't take. */
export function DestinationDelivery({ id }: { id: string }) {
  const delivery = useOperation(get, { id }, { everyMs: EVERY_MS })
  const mayWrite = useReach('destination:write', useWorkspace().id) !== undefined
  return (
    <section className="flex flex-col gap-3" aria-label="Delivery">
      <h4 className="font-semibold">Delivery</h4>
      <Loaded query={delivery} what="how it fares" rows={4}>
        {({ data }) => (
          <>
            <Standing wire={data} />
            {mayWrite ? <Actions id={id} deadCount={data.dead_letters} /> : null}
            {data.dead_letters === 0 ? null : <DeadLetters id={id} total={data.dead_letters} />}
          </>
        )}
      </Loaded>
    </section>
  )
}

function Standing({ wire }: { wire: DeliveryWire }) {
  return (
    <Facts>
      <Fact name="Delivered">{formatExactCount(wire.delivered)}</Fact>
      <Fact name="Last delivered">
        {wire.last_delivered_at === null ? 'never' : <When iso={wire.last_delivered_at} />}
      </Fact>
      <Fact name="Waiting">
        {formatExactCount(wire.waiting)}
        {wire.oldest_waiting_at === null ? null : (
          <>
            , since <When iso={wire.oldest_waiting_at} />
          </>
        )}
      </Fact>
      <Fact name="Dead letters">
        {formatExactCount(wire.dead_letters)}
        {wire.dropped === 0 ? null : `, ${formatExactCount(wire.dropped)} dropped because there were too many`}
      </Fact>
      {wire.failing_since === null ? null : (
        <Fact name="Failing since">
          <When iso={wire.failing_since} />
        </Fact>
      )}
      {wire.last_error === null ? null : (
        <Fact name="Because">
          <span className="text-danger break-words">{wire.last_error}</span>
        </Fact>
      )}
      {wire.next_attempt_at === null ? null : (
        <Fact name="Tried again">
          <When iso={wire.next_attempt_at} />
        </Fact>
      )}
    </Facts>
  )
}

function Actions({ id, deadCount }: { id: string; deadCount: number }) {
  const [isDropping, setDropping] = useState(false)
  const probe = useChange(test, { refreshes: [] })
  const again = useChange(replay, {
    refreshes: TOUCHED,
    onDone: ({ data }) => toast(`${formatExactCount(data.replayed)} will be sent again.`),
  })
  const answer = probe.data?.data
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <Button data-operation={test.id} isBusy={probe.isPending} onClick={() => probe.mutate({ id })}>
          Test the connection
        </Button>
        <Button
          data-operation={replay.id}
          disabled={deadCount === 0}
          isBusy={again.isPending}
          onClick={() => again.mutate({ id })}
        >
          Send dead letters again
        </Button>
        <Button
          data-operation={drop.id}
          disabled={deadCount === 0}
          className="text-danger"
          onClick={() => setDropping(true)}
        >
          Drop dead letters
        </Button>
      </div>
      {answer === undefined ? null : (
        <p role="status" className="break-words">
          <StatusDot
            tone={answer.ok ? 'good' : 'bad'}
            label={answer.ok ? 'It takes traces' : 'It does not take traces'}
          />
          : {answer.message}
        </p>
      )}
      <FailureNote error={probe.error ?? again.error} />
      <DeleteDialog
        action="Drop the dead letters"
        operation={drop}
        input={isDropping ? { id } : undefined}
        refreshes={TOUCHED}
        onDone={({ data }) => toast(`${formatExactCount(data.deleted)} dropped.`)}
        onClose={() => setDropping(false)}
      >
        <p>These traces never reach the destination. The requests stay in the logs.</p>
      </DeleteDialog>
    </div>
  )
}

function DeadLetters({ id, total }: { id: string; total: number }) {
  const letters = useOperation(list, { id, limit: SHOWN_MAX }, { everyMs: EVERY_MS })
  return (
    <Loaded query={letters} what="the dead letters" rows={2}>
      {({ data }) => (
        <div className="flex flex-col gap-2">
          <ul className="flex flex-col gap-2">
            {data.map((letter) => (
              <DeadLetter key={letter.generation_id} letter={letter} />
            ))}
          </ul>
          {total > data.length ? (
            <p className="text-sm text-muted">and {formatExactCount(total - data.length)} more</p>
          ) : null}
        </div>
      )}
    </Loaded>
  )
}

function DeadLetter({ letter: { dead_at, generation_id, reason } }: { letter: DeadLetterWire }) {
  return (
    <li className="flex flex-col text-sm">
      <span className="font-mono break-all">{generation_id}</span>
      <span className="break-words text-muted">
        <When iso={dead_at} />: {reason}
      </span>
    </li>
  )
}
