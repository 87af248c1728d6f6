/**
 * The provider of the benchmark: a TCP server with ready-made answers, as lean as can be because it shares its core with the
 * load generator. A stream is 50 writes, one per tick of about a millisecond, so that a gateway meets chunks one by one, as
 * from a real provider, and not in whatever lumps it is too slow to prevent. Started by fork; reports its port.
 */
import { createServer, type Socket } from 'node:net'

const CHUNKS = 50
const TICK_MS = 1
const HEAD_END = Buffer.from('\r\n\r\n')
const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n')
const STREAM_MARK = /"stream": ?true/

interface RunningStream {
  socket: Socket
  next: number
}

const jsonAnswer = buildJsonAnswer()
const streamWrites = buildStreamWrites()
const running = new Set<RunningStream>()
let ticking = false

const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
  let pending: Buffer | undefined
  socket.on('data', (data) => {
    const received = pending ? Buffer.concat([pending, data]) : data
    pending = undefined
    if (!isComplete(received)) {
      pending = received
      return
    }
    if (STREAM_MARK.test(received.toString('latin1'))) startStream(socket)
    else socket.write(jsonAnswer)
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    for (const stream of running) if (stream.socket === socket) running.delete(stream)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
process.on('disconnect', () => process.exit(0))

/** One request at a time per connection: pipelining isn't used by any client of ours. */
function isComplete(received: Buffer): boolean {
  const headEnd = received.indexOf(HEAD_END)
  if (headEnd < 0) return false
  const head = received.toString('latin1', 0, headEnd)
  const length = /content-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return received.length >= headEnd + HEAD_END.length + Number(length)
  if (/transfer-encoding: *chunked/i.test(head)) return received.subarray(-CHUNKED_END.length).equals(CHUNKED_END)
  return true
}

function startStream(socket: Socket): void {
  const stream = { socket, next: 0 }
  running.add(stream)
  writeNext(stream)
  if (!ticking) {
    ticking = true
    setTimeout(tick, TICK_MS)
  }
}

function tick(): void {
  for (const stream of running) writeNext(stream)
  if (running.size > 0) setTimeout(tick, TICK_MS)
  else ticking = false
}

function writeNext(stream: RunningStream): void {
  const bytes = streamWrites[stream.next++]
  if (bytes) stream.socket.write(bytes)
  if (stream.next >= streamWrites.length) running.delete(stream)
}

function buildJsonAnswer(): Buffer {
  const content = 'The quick brown fox jumps over the lazy dog while the gateway counts every token. '.repeat(7)
  const body = JSON.stringify({
    ...{ id: 'chatcmpl-bench', object: 'chat.completion', created: 1_767_225_600, model: 'bench-model' },
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' },
    ],
    usage: usage(),
  })
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
  return Buffer.from(head + body)
}

/** The head with the role chunk, 47 words, the finish chunk, and the usage chunk with `[DONE]` and the end: 50 writes. */
function buildStreamWrites(): Buffer[] {
  const head = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_767_225_600, model: 'bench-model' }
  const chunk = (delta: unknown, reason: string | null = null) =>
    frame(
      `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] })}\n\n`,
    )
  const words = Array.from({ length: CHUNKS - 3 }, (_, index) => chunk({ content: ` word${index}` }))
  const start = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
  const end = frame(`data: ${JSON.stringify({ ...head, choices: [], usage: usage() })}\n\ndata: [DONE]\n\n`)
  const writes = [start + chunk({ role: 'assistant', content: '' }), ...words, chunk({}, 'stop'), `${end}0\r\n\r\n`]
  return writes.map((text) => Buffer.from(text))
}

function frame(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

function usage(): unknown {
  return { prompt_tokens: 60, completion_tokens: 47, total_tokens: 107 }
}
