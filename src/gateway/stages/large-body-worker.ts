/** The thread of `LargeBodyParser`: parses, and makes bytes of what is passed on. */
import { parentPort } from 'node:worker_threads'
import { AppError } from '../../domain/app-error.ts'
import type { ParsedBody } from './large-body-parser.ts'
import { parseChatRequest } from './parse-chat-request.ts'

parentPort?.on('message', ({ id, bytes }: { id: number; bytes: Uint8Array }) => {
  const transfer: ArrayBuffer[] = []
  parentPort?.postMessage(parse(id, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), transfer), transfer)
})

function parse(id: number, bytes: Buffer, transfer: ArrayBuffer[]): ParsedBody {
  try {
    const request = parseChatRequest(bytes)
    const passedOn = Buffer.from(request.payload.passedOn)
    // What shares a block of the thread's own is copied, not moved.
    if (passedOn.byteLength === passedOn.buffer.byteLength) transfer.push(passedOn.buffer)
    return { id, request: { ...request, payload: { ...request.payload, passedOn } } }
  } catch (error) {
    if (error instanceof AppError) return { id, refusal: { code: error.code, message: error.message } }
    return { id, failure: error }
  }
}
