import type { KeyWire } from '../../../../src/contract/management/keys.ts'
import { StatusDot } from '../../components/badge.tsx'
import { useNow } from '../../components/figures.tsx'
import { keyState } from './key-types.ts'

/** Whether a key works at the moment. */
export function KeyStateDot({ wire }: { wire: KeyWire }) {
  const { label, tone } = keyState(wire, useNow())
  return <StatusDot tone={tone} label={label} />
}
