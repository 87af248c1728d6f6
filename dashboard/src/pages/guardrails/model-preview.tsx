import { useState } from 'react'
import { GUARDRAIL_PREVIEW_OPERATIONS } from '../../../../src/contract/management/guardrail-previews.ts'
import { listKeys } from '../../../../src/contract/management/keys.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import { OffsetPager } from '../../components/data-table.tsx'
import { SelectField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'

const SIZE = 50

/** Which models would be left under it, alone or together with what holds for a key, and what keeps the others away. */
export function ModelPreview({ id }: { id: string }) {
  const { id: workspaceId } = useWorkspace()
  const [hash, setHash] = useState('')
  const [offset, setOffset] = useState(0)
  const maySeeKeys = useReach('key:read', workspaceId) !== undefined
  const keys = useOperation(listKeys, { workspace_id: workspaceId }, { enabled: maySeeKeys })
  const preview = useOperation(
    GUARDRAIL_PREVIEW_OPERATIONS.previewGuardrail,
    { id, limit: SIZE, offset, ...(hash === '' ? {} : { key_hash: hash }) },
    { keepsPrevious: true },
  )
  const named = keys.data?.data ?? []
  return (
    <div className="flex flex-col gap-3">
      {named.length === 0 ? null : (
        <SelectField
          label="As it would be for"
          value={hash}
          onChange={(event) => {
            setHash(event.target.value)
            setOffset(0)
          }}
          choices={[
            { value: '', label: 'whoever has nothing else' },
            ...named.map((key) => ({ value: key.hash, label: `the key ${key.name}` })),
          ]}
        />
      )}
      <Loaded query={preview} what="the models" rows={4}>
        {({ data: { allowed_model_count, layers, models }, total_count }) => (
          <div className="flex flex-col gap-2">
            <p>
              {allowed_model_count} of {total_count} models are left
              {layers.length === 0 ? '' : ` under ${layers.map(({ name }) => name).join(' and ')}`}.
            </p>
            <ul className="divide-y divide-line border-y border-line">
              {models.map(({ id: model, allowed, excluded_by }) => (
                <li key={model} className="flex items-baseline justify-between gap-4 py-1.5">
                  <span className="font-mono text-sm break-all">{model}</span>
                  <span className="text-right text-sm text-muted">
                    {allowed ? (
                      <StatusDot tone="good" label="left" />
                    ) : (
                      [
                        ...new Set(excluded_by.map(({ reason, name }) => `${reason.replaceAll('_', ' ')} (${name})`)),
                      ].join(', ')
                    )}
                  </span>
                </li>
              ))}
            </ul>
            <OffsetPager offset={offset} size={SIZE} total={total_count} onOffset={setOffset} />
          </div>
        )}
      </Loaded>
    </div>
  )
}
