import type { ExplanationWire } from '../../../../src/contract/inference/explanations.ts'
import { Badge } from '../../components/badge.tsx'
import { formatLatency } from '../../format/figures.ts'

/** What was tried, in order, and what was not to be. */
export function LogPlan({
  plan: { attempts, routing, not_eligible, not_eligible_more },
}: {
  plan: ExplanationWire['plan']
}) {
  const left = not_eligible ?? []
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">Why this provider?</h3>
      {attempts.length === 0 ? <p className="text-muted">It was sent to none.</p> : null}
      <ol className="divide-y divide-line border-y border-line empty:hidden">
        {attempts.map(({ endpoint_id, provider_name, model, status, latency, error, is_byok }, index) => (
          // An endpoint may be tried again.
          <li key={`${endpoint_id} ${index + 1}`} className="flex flex-wrap items-baseline gap-x-3 py-2">
            <span className="font-medium">{provider_name}</span>
            <span className="min-w-0 flex-1 truncate font-mono text-sm text-muted">{model}</span>
            {is_byok ? <Badge>own credential</Badge> : null}
            <Badge tone={error === null ? 'good' : 'bad'}>{status ?? (error === null ? 'ok' : 'no answer')}</Badge>
            <span className="figures text-sm text-muted">{formatLatency(latency)}</span>
            {error === null ? null : <span className="w-full text-sm break-words text-danger">{error}</span>}
          </li>
        ))}
      </ol>
      {routing === null ? null : (
        <p className="text-sm text-muted">
          Put in order by {routing.sorted_by} ({routing.sorted_by_source.replaceAll('_', ' ')}):{' '}
          {routing.order.map(({ provider_name }) => provider_name).join(' → ')}.
        </p>
      )}
      {left.length === 0 ? null : (
        <details>
          <summary className="text-sm text-muted hover:text-ink">
            {left.length + not_eligible_more} not eligible
          </summary>
          <ul className="mt-1 flex flex-col gap-1 text-sm">
            {left.map(({ endpoint_id, provider_name, model, by_guardrails, by_request }) => (
              <li key={endpoint_id}>
                {provider_name} <span className="font-mono text-muted">{model}</span>:{' '}
                {[...by_guardrails.map(({ name, reason }) => `${reason} (${name})`), ...by_request].join(', ')}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}
