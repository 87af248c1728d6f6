import { useMutation, useQueryClient } from '@tanstack/react-query'
import { BYOK_OPERATIONS, type ByokKeyWire } from '../../../../src/contract/management/byok.ts'
import { call } from '../../api/call.ts'

const { listBYOKKeys, updateBYOKKey } = BYOK_OPERATIONS

/** Numbers the credentials of one provider anew in the order given; those that have their number are left alone. */
export function useReorder(): {
  move: (ordered: readonly ByokKeyWire[]) => void
  isBusy: boolean
  error: Error | null
} {
  const client = useQueryClient()
  const { mutate, isPending, error } = useMutation<void, Error, readonly ByokKeyWire[]>({
    mutationFn: async (ordered) => {
      for (const [index, { id, sort_order }] of ordered.entries())
        if (sort_order !== index) await call(updateBYOKKey, { id, sort_order: index })
    },
    onSettled: () => client.invalidateQueries({ queryKey: [listBYOKKeys.id] }),
  })
  return { move: mutate, isBusy: isPending, error }
}
