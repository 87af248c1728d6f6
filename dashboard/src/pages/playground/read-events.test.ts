import { expect, test } from 'vitest'
import { readEvents } from './read-events.ts'

const STREAM = new TextEncoder().encode(': ping\n\ndata: {"a":"ü"}\r\n\r\ndata:{"b":1}\n\ndata: [DONE]\n\n')

async function eventsOf(pieces: readonly Uint8Array[]): Promise<string[]> {
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
  const found: string[] = []
  for await (const data of readEvents(stream)) found.push(data)
  return found
}

test('events are the same wherever the stream is cut', async () => {
  for (let at = 0; at <= STREAM.length; at += 1) {
    expect(await eventsOf([STREAM.slice(0, at), STREAM.slice(at)])).toEqual(['{"a":"ü"}', '{"b":1}'])
  }
})

test('an event at the end counts without an empty line behind it', async () => {
  expect(await eventsOf([new TextEncoder().encode('data: 1')])).toEqual(['1'])
})
