import { GUARDRAIL_PREVIEW_OPERATIONS } from '../../../../src/contract/management/guardrail-previews.ts'
import { useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import { Loaded } from '../../components/loaded.tsx'

const SHOWN = 50

/** Which models would be left under it, and what keeps the others away. */
export function ModelPreview({ id }: { id: string }) {
  const preview = useOperation(GUARDRAIL_PREVIEW_OPERATIONS.previewGuardrail, { id, limit: SHOWN })
  return (
    <Loaded query={preview} what="the models" rows={4}>
      {({ data: { allowed_model_count, models }, total_count }) => (
        <div className="flex flex-col gap-2">
          <p>
            {allowed_model_count} of {total_count} models are left.
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
          {total_count > SHOWN ? <p className="text-sm text-muted">The first {SHOWN} are shown.</p> : null}
        </div>
      )}
    </Loaded>
  )
}
