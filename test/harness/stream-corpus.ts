import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DialectName } from '../../src/domain/catalogue.ts'
import { eventStream } from './event-frames.ts'

/*
 * Streams as providers send them; a folder of `test/fixtures/streams` is a dialect's.
 */

export interface CorpusStream {
  dialect: DialectName
  /** The file. */
  name: string
  bytes: Buffer
}

const CORPUS = join(import.meta.dirname, '../fixtures/streams')

export function streamCorpus(): CorpusStream[] {
  const folders = readdirSync(CORPUS, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders.flatMap(({ name: folder }) => {
    const dialect = folder as DialectName
    return readdirSync(join(CORPUS, folder)).map((name) => ({ dialect, name, bytes: bytesOf(dialect, name) }))
  })
}

/** As they are, or of the events that a file lists where bytes are no text. */
function bytesOf(dialect: string, name: string): Buffer {
  const bytes = readFileSync(join(CORPUS, dialect, name))
  return name.endsWith('.json') ? eventStream(JSON.parse(bytes.toString())) : bytes
}

/** Where the events of a stream end, in bytes from its begin. */
export function eventEnds({ bytes, dialect }: CorpusStream): number[] {
  const ends: number[] = []
  if (dialect === 'bedrock') {
    for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) ends.push(at + bytes.readUInt32BE(at))
    return ends
  }
  const text = bytes.toString('latin1')
  for (const { index, 0: border } of text.matchAll(/\r\n\r\n|\n\n|\r\r/g)) ends.push(index + border.length)
  return ends
}
