import { useState } from 'react'
import type { KeyDeliveryWire } from '../../../../src/contract/management/key-delivery.ts'
import { KEY_ROTATION_OPERATIONS, type KeyRotationWire } from '../../../../src/contract/management/key-rotation.ts'
import { getKey, type KeyWire, listKeys, updateKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { StatusDot, type Tone } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Fact, Facts } from '../../components/facts.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { toast } from '../../components/toast.tsx'
import { TARGET_TITLES } from './delivery-draft.ts'
import { RotationPlanDialog } from './rotation-plan-dialog.tsx'

const { endKeyOverlap, getKeyRotation } = KEY_ROTATION_OPERATIONS
/** While a delivery is under way or a secret before works yet, what becomes of it is looked at this often. */
const FOLLOWED_EVERY_MS = 5_000

/** Which secrets of a key work, when the next one comes, and what became of the last delivery. */
export function KeyRotation({ wire }: { wire: KeyWire }) {
  const rotation = useOperation(getKeyRotation, { hash: wire.hash }, { everyMs: FOLLOWED_EVERY_MS })
  return (
    <section aria-labelledby="rotation" className="flex flex-col gap-2">
      <h4 id="rotation" className="font-semibold">
        Rotation
      </h4>
      <Loaded query={rotation} what="the rotation" rows={3}>
        {({ data }) => <Rotation plan={data} workspaceId={wire.workspace_id ?? undefined} />}
      </Loaded>
    </section>
  )
}

function Rotation({ plan, workspaceId }: { plan: KeyRotationWire; workspaceId: string | undefined }) {
  const { deliver, delivery, ended_deliver, leaked_at, next_rotation_at, previous_secrets, rotate_every_days } = plan
  return (
    <>
      {leaked_at === null ? null : (
        <p className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">
          Its secret was reported as leaked <When iso={leaked_at} />. It works again once it is rotated.
        </p>
      )}
      {ended_deliver === null ? null : (
        <p className="rounded-md bg-accent-soft px-3 py-2 text-sm text-accent-text">
          Nothing goes to {ended_deliver.destination} any more: {ended_deliver.reason}
        </p>
      )}
      <Facts>
        <Fact name="Schedule">
          {rotate_every_days === null ? (
            'by hand'
          ) : (
            <>
              every {rotate_every_days === 1 ? 'day' : `${rotate_every_days} days`}
              {next_rotation_at === null ? null : (
                <>
                  , next <When iso={next_rotation_at} />
                </>
              )}
            </>
          )}
        </Fact>
        <Fact name="New secrets go to">
          {deliver === null ? 'whoever rotates it' : `${TARGET_TITLES[deliver.type]}, ${deliver.destination}`}
        </Fact>
        {delivery === null ? null : <Delivery delivery={delivery} />}
        {previous_secrets.map(({ hash, valid_until }) => (
          <Fact key={hash} name="Secret before">
            <span className="font-mono text-sm" title={hash}>
              {hash.slice(0, 8)}…
            </span>{' '}
            {valid_until === null ? (
              'works until the new one has arrived'
            ) : (
              <>
                ends <When iso={valid_until} />
              </>
            )}
          </Fact>
        ))}
      </Facts>
      <RotationActions plan={plan} workspaceId={workspaceId} />
    </>
  )
}

const DELIVERY_TONES: Readonly<Record<KeyDeliveryWire['status'], Tone>> = {
  pending: 'attention',
  delivered: 'good',
  failed: 'bad',
  superseded: 'plain',
}
const DELIVERY_WORDS: Readonly<Record<KeyDeliveryWire['status'], string>> = {
  pending: 'Under way',
  delivered: 'Delivered',
  failed: 'Failed',
  superseded: 'Another rotation came first',
}

function Delivery({ delivery }: { delivery: KeyDeliveryWire }) {
  const { attempts, created_at, destination, ended_at, last_error, next_attempt_at, status, type } = delivery
  return (
    <Fact name="Last delivery">
      <span className="flex flex-col items-end gap-0.5">
        <span className="flex flex-wrap items-center justify-end gap-x-2">
          <StatusDot tone={DELIVERY_TONES[status]} label={DELIVERY_WORDS[status]} />
          <When iso={ended_at ?? created_at} />
        </span>
        <span className="text-sm break-all text-muted">
          {TARGET_TITLES[type]}, {destination}
        </span>
        {last_error === null || status === 'delivered' ? null : (
          <span className="text-sm break-words text-danger">
            {last_error} ({attempts} {attempts === 1 ? 'try' : 'tries'})
          </span>
        )}
        {next_attempt_at === null ? null : (
          <span className="text-sm text-muted">
            Next try <When iso={next_attempt_at} />
          </span>
        )}
      </span>
    </Fact>
  )
}

function RotationActions({ plan, workspaceId }: { plan: KeyRotationWire; workspaceId: string | undefined }) {
  const mayUpdate = useReach('key:update', workspaceId) !== undefined
  const mayRotate = useReach('key:rotate', workspaceId) !== undefined
  const [open, setOpen] = useState<'plan' | 'end'>()
  const close = () => setOpen(undefined)
  const end = useChange(endKeyOverlap, {
    refreshes: [getKeyRotation, getKey, listKeys],
    onDone: () => {
      toast('Ended. Its next request is refused.')
      close()
    },
  })
  const hasBefore = plan.previous_secrets.length > 0
  return (
    <div className="flex flex-wrap gap-2">
      {mayUpdate && mayRotate ? (
        <Button data-operation={updateKeys.id} size="small" onClick={() => setOpen('plan')}>
          {plan.rotate_every_days === null && plan.deliver === null ? 'Set a schedule' : 'Change the schedule'}
        </Button>
      ) : null}
      {mayRotate && hasBefore ? (
        <Button data-operation={endKeyOverlap.id} size="small" className="text-danger" onClick={() => setOpen('end')}>
          End the secret before
        </Button>
      ) : null}
      <RotationPlanDialog plan={plan} isOpen={open === 'plan'} onClose={close} />
      <ConfirmDialog
        operation={endKeyOverlap}
        title="End the secret before"
        action="End it now"
        isOpen={open === 'end'}
        isBusy={end.isPending}
        error={end.error}
        onConfirm={() => end.mutate({ hash: plan.hash })}
        onClose={close}
      >
        <p>Whatever still uses it is refused from its next request on. The present secret works on.</p>
      </ConfirmDialog>
    </div>
  )
}
