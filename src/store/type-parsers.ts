import { type CustomTypesConfig, types } from 'pg'

/*
 * What a column becomes in JavaScript, the same for the embedded database and for PostgreSQL (both speak the wire protocol
 * through the same client):
 *
 *   int8 → bigint · int2, int4, float → number · numeric → string · bool → boolean · text, uuid → string
 *   timestamptz, timestamp (read as UTC) → epoch milliseconds · date → 'YYYY-MM-DD' · interval, time → string
 *   json, jsonb → parsed · bytea → Buffer · arrays of these → arrays, nested as stored
 */

type Parse = (text: string) => unknown

const MS_PER_MINUTE = 60_000
const INSTANT = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?)?$/
const DATE = /^\d{4,6}-\d\d-\d\d$/

const SCALARS: readonly { oid: number; arrayOid: number; parse: Parse }[] = [
  { oid: 20, arrayOid: 1016, parse: BigInt },
  { oid: 1700, arrayOid: 1231, parse: asText },
  { oid: 1184, arrayOid: 1185, parse: toEpochMs },
  { oid: 1114, arrayOid: 1115, parse: toEpochMs },
  { oid: 1082, arrayOid: 1182, parse: toDateText },
  { oid: 1083, arrayOid: 1183, parse: asText },
  { oid: 1186, arrayOid: 1187, parse: asText },
  { oid: 2950, arrayOid: 2951, parse: asText },
]
const TEXT_ARRAY_OID: number = 1009

const PARSERS = new Map<number, Parse>(
  SCALARS.flatMap(({ oid, arrayOid, parse }): [number, Parse][] => [
    [oid, parse],
    [arrayOid, arrayOf(parse)],
  ]),
)

export const typeParsers: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : PARSERS.get(oid)) ?? types.getTypeParser(oid, format as 'text'),
}

function asText(text: string): string {
  return text
}

/** Epoch milliseconds of a timestamp in PostgreSQL's ISO output, with or without a zone (then UTC); below a millisecond is
 *  cut off. `infinity` is Infinity. Throws RangeError on any other format: the session's DateStyle isn't ISO then. */
export function toEpochMs(text: string): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY
  if (text === '-infinity') return Number.NEGATIVE_INFINITY
  const match = INSTANT.exec(text)
  const year = Number(match?.[1])
  if (!match || year < 100) throw new RangeError(`not a timestamp this program reads: ${text}`)
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const utc = Date.UTC(
    year,
    num(match, 2) - 1,
    num(match, 3),
    num(match, 4),
    num(match, 5),
    num(match, 6),
    milliseconds,
  )
  const offsetMs = (num(match, 9) * 60 + num(match, 10)) * MS_PER_MINUTE
  return match[8] === '-' ? utc + offsetMs : utc - offsetMs
}

function num(match: RegExpExecArray, group: number): number {
  return Number(match[group] ?? 0)
}

function toDateText(text: string): string {
  if (!DATE.test(text) && !text.endsWith('infinity')) throw new RangeError(`not a date this program reads: ${text}`)
  return text
}

function arrayOf(parse: Parse): Parse {
  const parseTexts: Parse = types.getTypeParser(TEXT_ARRAY_OID, 'text')
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert)
    return typeof value === 'string' ? parse(value) : null
  }
  return (text) => convert(parseTexts(text))
}
