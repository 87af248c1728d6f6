/**
 * The provider of the benchmark: a TCP server with ready-made answers, as lean as can be because it shares its core with the
 * load generator. A stream is 50 writes, one per tick of about a millisecond, so that a gateway meets chunks one by one, as
 * from a real provider, and not in whatever lumps it is too slow to prevent. Below `/v1/messages` it speaks Anthropic's format. Started by
 * fork; reports its port.
 */
import { createServer, type Socket } from 'node:net'

const CHUNKS = 50
const TICK_MS = 1
const HEAD_END = Buffer.from('\r\n\r\n')
const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n')
const STREAM_MARK = /"stream": ?true/
const MESSAGES_HEAD = Buffer.from('POST /v1/messages ')
const CONTENT = 'The quick brown fox jumps over the lazy dog while the gateway counts every token. '.repeat(7)
const WORDS = Array.from({ length: CHUNKS - 3 }, (_, index) => ` word${index}`)

interface Answers {
  json: Buffer
  /** What is written of a stream, tick by tick. */
  writes: Buffer[]
}

interface RunningStream {
  socket: Socket
  writes: readonly Buffer[]
  next: number
}

const chat: Answers = { json: jsonAnswer(chatAnswer()), writes: streamWrites(chatEvents()) }
const messages: Answers = { json: jsonAnswer(message()), writes: streamWrites(messageEvents()) }
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
    const answers = received.subarray(0, MESSAGES_HEAD.length).equals(MESSAGES_HEAD) ? messages : chat
    if (STREAM_MARK.test(received.toString('latin1'))) startStream(socket, answers.writes)
    else socket.write(answers.json)
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

function startStream(socket: Socket, writes: readonly Buffer[]): void {
  const stream = { socket, writes, next: 0 }
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
  const bytes = stream.writes[stream.next++]
  if (bytes) stream.socket.write(bytes)
  if (stream.next >= stream.writes.length) running.delete(stream)
}

function jsonAnswer(answer: unknown): Buffer {
  const body = JSON.stringify(answer)
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
  return Buffer.from(head + body)
}

function chatAnswer(): unknown {
  return {
    ...{ id: 'chatcmpl-bench', object: 'chat.completion', created: 1_767_225_600, model: 'bench-model' },
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: CONTENT, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: chatUsage(),
  }
}

function message(): unknown {
  return {
    ...messageHead(),
    content: [{ type: 'text', text: CONTENT }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { ...messageInput(), output_tokens: 47 },
  }
}

/** The head with the first event, then each event, then the end with the last one. */
function streamWrites(events: readonly string[]): Buffer[] {
  const start = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
  const frames = events.map(frame)
  return frames.map((text, at) =>
    Buffer.from((at === 0 ? start : '') + text + (at === frames.length - 1 ? '0\r\n\r\n' : '')),
  )
}

/** The role chunk, 47 words, the finish chunk, and the usage chunk with `[DONE]`: 50 writes. */
function chatEvents(): string[] {
  const head = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_767_225_600, model: 'bench-model' }
  const chunk = (delta: unknown, reason: string | null = null) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] })}\n\n`
  const end = `data: ${JSON.stringify({ ...head, choices: [], usage: chatUsage() })}\n\ndata: [DONE]\n\n`
  return [
    chunk({ role: 'assistant', content: '' }),
    ...WORDS.map((content) => chunk({ content })),
    chunk({}, 'stop'),
    end,
  ]
}

/** As many writes: the start of the message and of its text, 47 words, the end of the text, and that of the message. */
function messageEvents(): string[] {
  const event = (data: { type: string; [name: string]: unknown }) =>
    `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
  const start = { type: 'message_start', message: { ...messageHead(), content: [], usage: messageInput() } }
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
  const delta = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 47 } }
  return [
    event(start) + event(block),
    ...WORDS.map((text) => {
      const word = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }
      return event(word)
    }),
    event({ type: 'content_block_stop', index: 0 }),
    event(delta) + event({ type: 'message_stop' }),
  ]
}

function messageHead(): object {
  return { id: 'msg_bench', type: 'message', role: 'assistant', model: 'bench-model' }
}

function messageInput(): object {
  return { input_tokens: 60, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 }
}

function frame(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

function chatUsage(): unknown {
  return { prompt_tokens: 60, completion_tokens: 47, total_tokens: 107 }
}
