import { crc32 as crc } from 'node:zlib'
import { expect, test } from 'vitest'
import { eventFrame } from '../../../test/harness/event-frames.ts'
import { type EventFrame, EventStreamReader } from './event-stream.ts'

const FIRST = eventFrame({ ':event-type': 'a', ':message-type': 'event' }, '{"text":"Grüße"}')
const SECOND = eventFrame({}, Buffer.alloc(300, 7))
const WHOLE = Buffer.concat([FIRST, SECOND, FIRST])

function read(...pieces: Buffer[]): EventFrame[] {
  const reader = new EventStreamReader()
  const frames = pieces.flatMap((piece) => reader.push(piece))
  expect(reader.isInFrame).toBe(false)
  return frames
}

test('frames have their headers and their payload', () => {
  const [first, second, third] = read(WHOLE)
  expect([...(first?.headers ?? [])]).toEqual([
    [':event-type', 'a'],
    [':message-type', 'event'],
  ])
  expect(first?.payload.toString()).toBe('{"text":"Grüße"}')
  expect(second).toEqual({ headers: new Map(), payload: Buffer.alloc(300, 7) })
  expect(third).toEqual(first)
})

test('cut at every byte, and byte by byte, they are the same', () => {
  const expected = read(WHOLE)
  for (let cut = 0; cut <= WHOLE.length; cut += 1) {
    expect(read(WHOLE.subarray(0, cut), WHOLE.subarray(cut))).toEqual(expected)
  }
  expect(read(...Array.from(WHOLE, (byte) => Buffer.of(byte)))).toEqual(expected)
})

test('a wrong byte is found, wherever it is', () => {
  for (let at = 0; at < FIRST.length; at += 1) {
    const broken = Buffer.from(FIRST)
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at)
    // One that makes the frame longer is found when the prelude is there.
    expect(() => new EventStreamReader().push(Buffer.concat([broken, SECOND]))).toThrow(RangeError)
  }
})

test('headers of all types are passed over, and one of an unknown type is a fault', () => {
  const sizes = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16]
  const values = sizes.flatMap((size, type) => (size === undefined ? [] : [[1, 110, type, ...Array(size).fill(9)]]))
  const bytes = [1, 98, 6, 0, 2, 1, 2]
  const text = [1, 116, 7, 0, 1, 120]
  const [frame] = read(rawFrame([...values.flat(), ...bytes, ...text]))
  expect([...(frame?.headers ?? [])]).toEqual([['t', 'x']])
  expect(() => new EventStreamReader().push(rawFrame([1, 110, 10]))).toThrow('unknown type')
  expect(() => new EventStreamReader().push(rawFrame([1, 110, 7, 0, 9, 1]))).toThrow('cut off')
})

test('a frame of more than 16 MiB is a fault before it has come', () => {
  const huge = eventFrame({}, Buffer.alloc(16 * 1_048_576))
  expect(() => new EventStreamReader().push(huge.subarray(0, 12))).toThrow('frame too long')
})

/** A frame with these bytes as its headers: as the payload of one without, its lengths and checksums made anew. */
function rawFrame(headers: readonly number[]): Buffer {
  const frame = eventFrame({}, Buffer.from(headers))
  frame.writeUInt32BE(headers.length, 4)
  frame.writeUInt32BE(crc(frame.subarray(0, 8)), 8)
  frame.writeUInt32BE(crc(frame.subarray(0, -4)), frame.length - 4)
  return frame
}
