import type { LogEntryWire } from '../../../../src/contract/management/logs.ts'
import { StatusDot } from '../../components/badge.tsx'
import type { Column } from '../../components/data-table.tsx'
import { Count, Money, When } from '../../components/figures.tsx'
import { formatLatency } from '../../format/figures.ts'
import { outcomeLabel, outcomeTone } from './outcome.ts'

export function logColumns(open: (id: string) => void): readonly Column<LogEntryWire>[] {
  return [
    {
      id: 'time',
      header: 'Time',
      cell: (entry) => (
        <button type="button" onClick={() => open(entry.id)} className="flex items-center gap-2 hover:text-accent-text">
          <StatusDot tone={outcomeTone(entry)} label={outcomeLabel(entry)} isBare />
          <When iso={entry.created_at} />
        </button>
      ),
    },
    {
      id: 'key',
      header: 'Key',
      from: 'md',
      cell: ({ api_key_name, api_key_id }) => (
        <span className="block max-w-40 truncate" title={api_key_name ?? undefined}>
          {api_key_name ?? `key ${api_key_id}`}
        </span>
      ),
    },
    { id: 'model', header: 'Model', cell: (entry) => <ModelAndProvider entry={entry} /> },
    {
      id: 'tokens',
      header: 'Tokens',
      align: 'right',
      from: 'lg',
      cell: ({ tokens_prompt, tokens_completion }) => (
        <span className="whitespace-nowrap">
          <Count count={tokens_prompt} /> → <Count count={tokens_completion} />
        </span>
      ),
    },
    { id: 'cost', header: 'Cost', align: 'right', cell: ({ usage }) => <Money amount={usage} /> },
    {
      id: 'latency',
      header: 'Latency',
      align: 'right',
      from: 'sm',
      cell: ({ latency }) => <span className="whitespace-nowrap">{formatLatency(latency)}</span>,
    },
  ]
}

/** Of what was refused: why. */
function ModelAndProvider({ entry: { model, provider_name, error } }: { entry: LogEntryWire }) {
  return (
    <span className="flex max-w-28 min-w-24 flex-col sm:max-w-80">
      <span className="truncate font-mono text-sm" title={model ?? undefined}>
        {model ?? '–'}
      </span>
      <span className="truncate text-xs text-muted" title={error?.message}>
        {error?.message ?? provider_name}
      </span>
    </span>
  )
}
