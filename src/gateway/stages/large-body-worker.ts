/** The thread of `LargeBodyParser`: parses, makes bytes of what is passed on, and shortens that. */
import { parentPort } from 'node:worker_threads'
import type { ProtocolName } from '../../dialects/protocol.ts'
import { PROTOCOLS } from '../../dialects/protocols.ts'
import { AppError } from '../../domain/app-error.ts'
import type { PresetBook } from '../../domain/apply-preset.ts'
import { compressContext, type Fit } from '../../domain/context-compression.ts'
import { countPages } from '../../domain/pdf-pages.ts'
import { hashOpening } from '../sessions/conversation.ts'
import type { ParsedBody } from './large-body-parser.ts'

interface Body {
  id: number
  protocol: ProtocolName
  bytes: Uint8Array
  presets: PresetBook | null
}

interface TooLong {
  id: number
  fit: Fit
  bytes: Uint8Array
}

interface Document {
  id: number
  pdf: Uint8Array
}

parentPort?.on('message', (task: Body | TooLong | Document) => {
  const transfer: ArrayBuffer[] = []
  parentPort?.postMessage(answerTo(task, transfer), transfer)
})

function answerTo(task: Body | TooLong | Document, transfer: ArrayBuffer[]): ParsedBody {
  if ('pdf' in task) return weigh(task)
  return 'fit' in task ? compress(task) : parse(task, transfer)
}

function weigh({ id, pdf }: Document): ParsedBody {
  try {
    return { id, pages: countPages(Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).toString('latin1')) }
  } catch (failure) {
    return { id, failure }
  }
}

function compress({ id, fit, bytes }: TooLong): ParsedBody {
  try {
    return { id, compressed: compressContext(Buffer.from(bytes).toString('utf8'), fit) }
  } catch (failure) {
    return { id, failure }
  }
}

function parse({ id, protocol, bytes, presets }: Body, transfer: ArrayBuffer[]): ParsedBody {
  const toBytes = (text: string | Buffer) => {
    const made = Buffer.from(text)
    // What shares a block of the thread's own is copied, not moved.
    if (made.byteLength === made.buffer.byteLength) transfer.push(made.buffer)
    return made
  }
  try {
    const request = PROTOCOLS[protocol].parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), presets)
    const { native, passedOn } = request.payload
    const payload = {
      ...request.payload,
      passedOn: toBytes(passedOn),
      native: native && { ...native, passedOn: toBytes(native.passedOn) },
    }
    const { opening } = request
    // Messages stay here.
    const name = typeof opening === 'string' ? opening : hashOpening(opening)
    return { id, request: { ...request, payload, opening: name } }
  } catch (error) {
    if (error instanceof AppError) return { id, refusal: { code: error.code, message: error.message } }
    return { id, failure: error }
  }
}
