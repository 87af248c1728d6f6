import { headersIn, type Sending, type TraceFormat, type TraceRequest, textIn } from './format.ts'
import { type TraceRow, traceRow } from './trace-row.ts'

/*
 * Rows by Snowflake's SQL API. The rows go as one bound text, so that nothing of them is ever read as SQL; a row that is there already
 * is left as it is.
 */

const COLUMNS: Readonly<Record<keyof TraceRow, 'TEXT' | 'NUMBER' | 'FLOAT' | 'TIMESTAMP_TZ' | 'JSON'>> = {
  TRACE_ID: 'TEXT',
  SPAN_ID: 'TEXT',
  GENERATION_ID: 'TEXT',
  TIMESTAMP: 'TIMESTAMP_TZ',
  END_TIMESTAMP: 'TIMESTAMP_TZ',
  DURATION_MS: 'NUMBER',
  SPAN_TYPE: 'TEXT',
  STATUS: 'TEXT',
  MODEL: 'TEXT',
  PROVIDER: 'TEXT',
  FINISH_REASON: 'TEXT',
  USER_ID: 'TEXT',
  SESSION_ID: 'TEXT',
  API_KEY_NAME: 'TEXT',
  INPUT_TOKENS: 'NUMBER',
  OUTPUT_TOKENS: 'NUMBER',
  TOTAL_TOKENS: 'NUMBER',
  REASONING_TOKENS: 'NUMBER',
  CACHED_TOKENS: 'NUMBER',
  TOTAL_COST: 'FLOAT',
  INPUT_COST: 'FLOAT',
  OUTPUT_COST: 'FLOAT',
  INPUT: 'JSON',
  OUTPUT: 'JSON',
  METADATA: 'JSON',
}

export const SNOWFLAKE_FORMAT: TraceFormat = {
  encode: (traces, sending) => {
    const request = statement(sending, {
      statement: mergeInto(tableOf(sending)),
      bindings: { '1': { type: 'TEXT', value: JSON.stringify(traces.map(traceRow)) } },
    })
    return [{ ids: traces.map(({ id }) => id), request }]
  },
  probe: (sending) => statement(sending, { statement: `SELECT 1 FROM ${tableOf(sending)} LIMIT 0` }),
}

function mergeInto(table: string): string {
  const names = Object.keys(COLUMNS)
  const values = Object.entries(COLUMNS).map(([name, type]) =>
    type === 'JSON' ? `PARSE_JSON(item.value:${name}::TEXT) AS ${name}` : `item.value:${name}::${type} AS ${name}`,
  )
  return [
    `MERGE INTO ${table} AS kept`,
    `USING (SELECT ${values.join(', ')} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS item) AS sent`,
    'ON kept.SPAN_ID = sent.SPAN_ID',
    `WHEN NOT MATCHED THEN INSERT (${names.join(', ')}) VALUES (${names.map((name) => `sent.${name}`).join(', ')})`,
  ].join(' ')
}

function tableOf({ config }: Sending): string {
  return ['database', 'schema', 'table'].map((name) => identifier(textIn(config, name))).join('.')
}

/** As Snowflake reads it without quotes, where it can be. */
function identifier(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

function statement({ config }: Sending, what: { statement: string; bindings?: unknown }): TraceRequest {
  // Underscores of an account name are hyphens in its host.
  const account = textIn(config, 'account').replaceAll('_', '-').toLowerCase()
  return {
    method: 'POST',
    url: `https://${account}.snowflakecomputing.com/api/v2/statements`,
    headers: {
      ...headersIn(config),
      accept: 'application/json',
      authorization: `Bearer ${textIn(config, 'token')}`,
      'content-type': 'application/json',
      'x-snowflake-authorization-token-type': 'PROGRAMMATIC_ACCESS_TOKEN',
    },
    body: JSON.stringify({ ...what, timeout: 60, warehouse: textIn(config, 'warehouse') }),
  }
}
