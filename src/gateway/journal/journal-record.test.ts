import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import type { GenerationRecord } from '../ports.ts'
import { decodeLine, encodeDone, encodeOpen, jsonOf, openLine } from './journal-record.ts'

const MONEY = { keyId: 1n, held: 2n, cost: 3n, byokCost: 0n, promptCost: 0n, uncharged: 0n, upstreamCost: null }

test.each([
  ['NUL', 'a\0b', 'a\ufffdb'],
  ['a high surrogate alone', 'a\ud800b', 'a\ufffdb'],
  ['a low surrogate alone', '\udfff', '\ufffd'],
  ['a whole pair', 'a😀b', 'a😀b'],
  ['other control characters', 'a\u0001\n"\\b', 'a\u0001\n"\\b'],
  ['the letters of an escape', String.raw`\u0000 \\ud800`, String.raw`\u0000 \\ud800`],
])('%s in a text is recorded so that the database can take it', (_name, text, recorded) => {
  const record = { ...MONEY, sessionId: text, usageRaw: { [text]: [text] } } as unknown as GenerationRecord
  const line = encodeDone(encodeOpen(record), record)
  expect(JSON.parse(jsonOf(line).toString())).toMatchObject({
    sessionId: recorded,
    usageRaw: { [recorded]: [recorded] },
  })
  expect(decodeLine(line.toString().trimEnd())).toMatchObject({
    type: 'done',
    record: { sessionId: recorded, cost: 3n },
  })
})

test('the endpoint that answered is recorded, not the one the request was opened for', () => {
  const opening = { ...MONEY, model: 'a/first', providerName: 'First' } as unknown as GenerationRecord
  const end = { ...MONEY, model: 'b/second', providerName: 'Second' } as unknown as GenerationRecord
  const line = encodeDone(encodeOpen(opening), end)
  expect(decodeLine(line.toString().trimEnd())).toMatchObject({
    record: { model: 'b/second', providerName: 'Second', keyId: 1n, held: 2n },
  })
})

test('what an opening holds of leases is in its own line, where a crash is charged from, and in no end', () => {
  const leases = [{ lease: 'r.1.1.0', amount: 7n }]
  const open = encodeOpen({ ...MONEY, leases } as unknown as GenerationRecord)
  const line = openLine(open, leases).toString().trimEnd()
  expect(decodeLine(line)).toMatchObject({ type: 'open', record: { held: 2n, leases } })
  expect(decodeLine(openLine(open).toString().trimEnd())?.record.leases).toBeUndefined()
  const charges = [{ lease: 'r.1.1.0', amount: 3n }]
  const end = encodeDone(open, { ...MONEY, charges } as unknown as GenerationRecord)
  const { record } = decodeLine(end.toString().trimEnd()) ?? {}
  expect([record?.leases, (record as GenerationRecord).charges]).toEqual([undefined, charges])
})

test('a line of a version that knew no projects and pools is read, and what it left out is left to the store', () => {
  const { byokCost: _, ...earlier } = {
    ...MONEY,
    id: 'gen-1',
    held: '2',
    keyId: '1',
    cost: '3',
    promptCost: '0',
    uncharged: '0',
  }
  const body = `D ${JSON.stringify(earlier)}`
  const decoded = decodeLine(`${crc32(Buffer.from(body)).toString(16).padStart(8, '0')} ${body}`)
  expect(decoded).toMatchObject({
    type: 'done',
    record: { projectId: null, spendKind: 'credit', byokCost: 0n, cost: 3n },
  })
  const record = decoded?.record as GenerationRecord
  const json = JSON.parse(jsonOf(encodeDone(encodeOpen(record), record)).toString())
  expect([json.byokCost, json.creditPool, json.countedOn, json.decision]).toEqual([
    '0',
    undefined,
    undefined,
    undefined,
  ])
})
