import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GatheredBytes } from './gathered-bytes.ts'

test('what was put in comes out, whatever the pieces, and no piece is written to', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 })), (arrays) => {
      const pieces = arrays.map((array) => Buffer.from(array))
      const before = Buffer.concat(pieces)
      const gathered = new GatheredBytes()
      for (const piece of pieces) gathered.append(piece)
      expect([gathered.length, gathered.bytes.equals(before)]).toEqual([before.length, true])
      expect(Buffer.concat(pieces).equals(before)).toBe(true)
      gathered.clear()
      expect([gathered.length, gathered.bytes.length]).toEqual([0, 0])
    }),
  )
})

test('a million pieces of a byte take no more than their bytes', () => {
  const gathered = new GatheredBytes()
  const piece = Buffer.from('x')
  for (let count = 0; count < 1_000_000; count += 1) gathered.append(piece)
  expect(gathered.bytes.buffer.byteLength).toBeLessThan(3_000_000)
})
