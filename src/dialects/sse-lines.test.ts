import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineReader } from './sse-lines.ts'

function readAll(text: string, cuts: readonly number[]): { lines: string[]; rest: string } {
  const bytes = Buffer.from(text)
  const reader = new LineReader(1_000)
  const lines: string[] = []
  let from = 0
  for (const cut of [...cuts.map((c) => c % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    lines.push(...reader.push(bytes.subarray(from, cut)))
    from = cut
  }
  return { lines, rest: reader.rest() }
}

test('lines are the same however the bytes are cut, with any mix of line ends and multi-byte text', () => {
  const piece = fc.constantFrom('a', 'é', '😀', '\n', '\r', '\r\n', 'data: x')
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(200)), (pieces, cuts) => {
      const text = pieces.join('')
      const whole = text.split(/\r\n|\n|\r/)
      const rest = whole.pop()
      const { lines, rest: ownRest } = readAll(text, cuts)
      expect(lines).toEqual(whole)
      expect(ownRest).toBe(rest)
    }),
    { numRuns: 2_000 },
  )
})

test('a line without an end over the bound throws', () => {
  expect(() => new LineReader(10).push(Buffer.from('x'.repeat(11)))).toThrow(RangeError)
})
