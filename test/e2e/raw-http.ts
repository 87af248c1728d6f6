import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from '../harness/gateway-process.ts'

export interface RawAnswer {
  /** Of the first answer; 0 when the connection ended without one. */
  status: number
  /** Header block and body of the first answer. */
  text: string
  /** Status codes of all answers on the connection. */
  statuses: number[]
  /** Bytes that could be handed to the system before the connection ended. */
  bytesSent: number
}

/** Sends bytes as they are, `gapMs` between two pieces, and reads until the gateway ends the connection. Rejects when it stays open for
 *  `timeoutMs`. */
export async function exchange(
  gateway: Gateway,
  pieces: string | Buffer | Iterable<Buffer>,
  { gapMs = 0, timeoutMs = 20_000 } = {},
): Promise<RawAnswer> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1').setNoDelay()
  const chunks: Buffer[] = []
  const ended = new Promise<void>((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => reject(new Error(`the connection stayed open: ${Buffer.concat(chunks)}`)))
    socket.on('data', (chunk) => chunks.push(chunk))
    // A reset is an end too: what was not read in time is lost to us.
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
  try {
    const given = typeof pieces === 'string' || Buffer.isBuffer(pieces) ? [pieces] : pieces
    await Promise.race([send(socket, given, gapMs), ended])
    await ended
  } finally {
    socket.destroy()
  }
  return readAnswer(Buffer.concat(chunks).toString('latin1'), socket.bytesWritten - socket.writableLength)
}

async function send(socket: Socket, pieces: Iterable<string | Buffer>, gapMs: number): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    if (gapMs > 0) await sleep(gapMs)
    if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve))
  }
}

function readAnswer(text: string, bytesSent: number): RawAnswer {
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))
  const first = statuses.filter((status) => status !== 100)
  return { status: first[0] ?? 0, text, statuses: first, bytesSent }
}

/** A chat completion request as text; `headers` are put after the usual ones, each on a line. */
export function rawChat(key: string, options: { headers?: readonly string[]; body?: string } = {}): string {
  const body = options.body ?? JSON.stringify({ model: 'alpha/small', messages: [{ role: 'user', content: 'Hi' }] })
  const headers = [
    'host: gateway',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    'connection: close',
    ...(options.headers ?? [`content-length: ${Buffer.byteLength(body)}`]),
  ]
  return `POST /api/v1/chat/completions HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`
}
