import type { DestinationWire } from '../../../../src/contract/management/destinations.ts'
import { StatusDot } from '../../components/badge.tsx'

/** Whether traces go there. */
export function DestinationState({ wire: { enabled, delivery } }: { wire: DestinationWire }) {
  if (!enabled) return <StatusDot tone="plain" label="Disabled" />
  if (delivery === 'failing') return <StatusDot tone="bad" label="Failing" />
  return delivery === 'active' ? (
    <StatusDot tone="good" label="Sending" />
  ) : (
    <StatusDot tone="attention" label="Switched off in the workspace" />
  )
}
