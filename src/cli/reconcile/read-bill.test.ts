import { expect, test } from 'vitest'
import { BILL_SCALE } from '../../domain/reconciliation.ts'
import { type BillFormatName, readBill, utcDayOf } from './read-bill.ts'

/** Dollars written as a decimal of at most six places. */
const usd = (dollars: number) => BigInt(Math.round(dollars * 1e6)) * 10n ** BigInt(BILL_SCALE - 6)

test.each<[string, BillFormatName, string]>([
  ['plain CSV', 'generic', 'date,model,cost_usd,currency\n2026-10-01,m,1.5,USD\n2026-10-02,"n, large",-0.25,\n'],
  [
    'plain CSV of a spreadsheet',
    'generic',
    '\uFEFFDate,Model,Cost_USD\r\n2026-10-01,m,1.5\r\n\r\n2026-10-02,"n, large",-0.25',
  ],
  [
    'a list in JSON',
    'generic',
    '[{"date":"2026-10-01","model":"m","cost_usd":1.5},{"date":"2026-10-02","model":"n, large","cost_usd":"-0.25"}]',
  ],
  [
    'the export of activity of OpenRouter',
    'openrouter',
    'generation_id,created_at,cost_total,model_permaslug\ngen-1,2026-10-01 23:59:59.999,1.5,m\ngen-2,2026-10-02 00:00:00.000,-0.25,"n, large"\n',
  ],
  [
    'the activity of OpenRouter',
    'openrouter',
    '{"data":[{"date":"2026-10-01","model":"alias","model_permaslug":"m","usage":1.5,"requests":3},{"date":"2026-10-02 00:00:00","model_permaslug":"n, large","usage":-0.25}]}',
  ],
  [
    'the export of costs of Anthropic',
    'anthropic',
    'usage_date_utc,model,token_type,cost_usd,list_price_usd\n2026-10-01,m,output,1.5,2\n2026-10-02,"n, large",output,-0.25,1\n',
  ],
  [
    'the cost report of Anthropic, in cents',
    'anthropic',
    '{"data":[{"starting_at":"2026-10-01T00:00:00Z","ending_at":"2026-10-02T00:00:00Z","results":[{"amount":"150.00","currency":"USD","model":"m"}]},{"starting_at":"2026-10-02T00:00:00Z","results":[{"amount":"-25","currency":"USD","model":"n, large"}]}],"has_more":false}',
  ],
])('%s is read', (_name, format, text) => {
  expect(readBill(text, format)).toEqual([
    { date: '2026-10-01', model: 'm', amount: usd(1.5) },
    { date: '2026-10-02', model: 'n, large', amount: usd(-0.25) },
  ])
})

test.each([
  [
    'CSV',
    'start_time,start_time_iso,amount_value,amount_currency,line_item\n1790812800,2026-10-01T00:00:00+00:00,0.30,usd,"m-2026-01-01, input"\n1790899200,2026-10-02T00:00:00+00:00,,,\n1790899200,2026-10-02T00:00:00+00:00,0.10,usd,"m-2026-01-01, output"\n',
  ],
  [
    'pages in JSON',
    '[{"object":"page","data":[{"start_time":1790812800,"results":[{"amount":{"value":0.30,"currency":"usd"},"line_item":"m-2026-01-01, input"}]}],"has_more":false},{"data":[{"start_time":1790899200,"results":[{"amount":{"value":0.1,"currency":"usd"},"line_item":"m-2026-01-01, output"}]}]}]',
  ],
])('costs of OpenAI as %s are read by model, and days without any cost nothing', (_name, text) => {
  expect(readBill(text, 'openai')).toEqual([
    { date: '2026-10-01', model: 'm-2026-01-01', amount: usd(0.3) },
    { date: '2026-10-02', model: 'm-2026-01-01', amount: usd(0.1) },
  ])
})

test('other columns can be named, and no model is one as well', () => {
  const text = 'Day,Service,Amount,Unit\n2026-10-01,m,2,usd\n'
  const columns = { date: 'day', cost: 'Amount' }
  expect(readBill(text, 'generic', columns)).toEqual([{ date: '2026-10-01', model: '', amount: usd(2) }])
  expect(readBill(text, 'generic', { ...columns, model: 'service', currency: 'unit' })).toMatchObject([{ model: 'm' }])
})

test('decimals are read as they are written, however many', () => {
  const [csv] = readBill('date,cost_usd\n2026-10-01,0.000000000123456789\n', 'generic')
  const [json] = readBill('[{"date":"2026-10-01","cost_usd":1234567.000000000123456789}]', 'generic')
  expect([csv?.amount, json?.amount]).toEqual([123_456_789n, 1_234_567_000_000_000_123_456_789n])
})

test('a file without lines is a bill of nothing', () => {
  expect(readBill('date,model,cost_usd\n', 'generic')).toEqual([])
  expect(readBill('{"data":[]}', 'anthropic')).toEqual([])
})

test.each<[string, string, RegExp]>([
  [
    'an amount that is none',
    'date,cost_usd\n2026-10-01,1\n2026-10-02,"1,5"\n',
    /^line 3, column cost_usd: "1,5" is not an amount$/,
  ],
  ['no amount', 'date,cost_usd\n2026-10-01,\n', /^line 2, column cost_usd: "" is not an amount$/],
  ['more than anybody pays', 'date,cost_usd\n2026-10-01,1e12\n', /^line 2, column cost_usd/],
  ['a date of another form', 'date,cost_usd\n10/01/2026,1\n', /^line 2, column date: "10\/01\/2026" is not a date/],
  ['a day that is none', 'date,cost_usd\n2026-02-30,1\n', /^line 2, column date/],
  ['another currency', 'date,cost_usd,currency\n2026-10-01,1,EUR\n', /^line 2, column currency: EUR is not USD$/],
  ['a line of other length', 'date,cost_usd\n2026-10-01,1,2\n', /^line 2: has 3 cells, and the header has 2$/],
  [
    'a header that says a name twice',
    'date,cost_usd,Cost_USD\n2026-10-01,1,2\n',
    /^line 1: there are several columns cost_usd$/,
  ],
  ['no column of amounts', 'date,cost\n2026-10-01,1\n', /^there is no column cost_usd: --cost-column names another$/],
  ['a quote without its end', 'date,cost_usd\n"2026-10-01,1\n', /^line 2: a quote/],
  ['nothing', '', /^the file is empty$/],
  ['JSON with something else in the list', '[{"date":"2026-10-01","cost_usd":1},7]', /^\[1\]: is no object$/],
  [
    'an amount in JSON that is none',
    '{"data":[{"date":"2026-10-01","cost_usd":true}]}',
    /^data\[0\], column cost_usd: "true" is not/,
  ],
  ['broken JSON', '{"data":[', /^not JSON: /],
  ['one page of several', '{"data":[],"has_more":true}', /^has_more: more pages follow/],
])('%s is an error that names where it stands', (_name, text, message) => {
  expect(() => readBill(text, 'generic')).toThrow(message)
})

test('columns that nobody reads may have one name', () => {
  expect(readBill('date,note,note,cost_usd\n2026-10-01,a,b,1\n', 'generic')).toHaveLength(1)
})

test.each([
  ['2026-10-01', '2026-10-01'],
  ['2026-10-01 23:59:59', '2026-10-01'],
  ['2026-10-01T23:30:00-02:00', '2026-10-02'],
  ['2026-10-01T00:30:00.123+0200', '2026-09-30'],
  ['2026-10-01 00:30 +02', '2026-09-30'],
  ['2026-10-01 12:00:00 UTC', '2026-10-01'],
  ['1790812800', '2026-10-01'],
  ['1790812799.5', '2026-09-30'],
  ['1790812800000', '2026-10-01'],
  ['2026-10-01T25:00:00Z', undefined],
  ['2026-13-01', undefined],
  ['01.10.2026', undefined],
  ['20261001', undefined],
  ['', undefined],
])('%j is the UTC day %s', (text, day) => {
  expect(utcDayOf(text)).toBe(day)
})
