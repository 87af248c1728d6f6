import { sha256 } from '../../../platform/aws-signature.ts'
import { headersIn, type Sending, type TraceFormat, type TraceRequest, textIn } from './format.ts'
import { traceRow } from './trace-row.ts'

/** Rows over ClickHouse's HTTP interface. A table may lack columns; sending the same rows again is left out by the server where the
 *  table deduplicates blocks. */
export const CLICKHOUSE_FORMAT: TraceFormat = {
  encode: (traces, sending) => {
    const settings = {
      input_format_skip_unknown_fields: '1',
      date_time_input_format: 'best_effort',
      insert_deduplication_token: sha256(traces.map(({ spanId }) => spanId).join('')),
    }
    const query = `INSERT INTO ${tableOf(sending)} FORMAT JSONEachRow`
    const body = traces.map((trace) => JSON.stringify(traceRow(trace))).join('\n')
    return [{ ids: traces.map(({ id }) => id), request: requestOf(sending, { query, ...settings }, body) }]
  },
  probe: (sending) => requestOf(sending, { query: `SELECT 1 FROM ${tableOf(sending)} LIMIT 0` }, ''),
}

function tableOf({ config }: Sending): string {
  return `${quoted(textIn(config, 'database'))}.${quoted(textIn(config, 'table'))}`
}

function quoted(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``
}

function requestOf({ config }: Sending, parameters: Readonly<Record<string, string>>, body: string): TraceRequest {
  const host = textIn(config, 'host')
  const url = new URL(/^https?:\/\//i.test(host) ? host : `https://${host}`)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return {
    method: 'POST',
    url: url.href,
    headers: {
      ...headersIn(config),
      'content-type': 'application/x-ndjson',
      'x-clickhouse-user': textIn(config, 'username'),
      'x-clickhouse-key': textIn(config, 'password'),
    },
    body,
  }
}
