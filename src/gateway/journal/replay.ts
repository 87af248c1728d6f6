import type { GenerationRecord, OpenRecord } from '../ports.ts'
import { decodeLine } from './journal-record.ts'

export interface Replay {
  /** Ends, oldest first. */
  done: GenerationRecord[]
  /** Inferences that never ended: the process died while they ran. */
  unfinished: OpenRecord[]
  skippedLines: number
}

/** What the lines of a journal, oldest first and without their newlines, say. */
export function replayOf(lines: Iterable<string>): Replay {
  const unfinished = new Map<string, OpenRecord>()
  const done = new Map<string, GenerationRecord>()
  let skippedLines = 0
  for (const text of lines) {
    if (text === '') continue
    const entry = decodeLine(text)
    if (entry === undefined) skippedLines += 1
    else if (entry.type === 'open') unfinished.set(entry.record.id, entry.record)
    else done.set(entry.record.id, entry.record)
  }
  for (const id of done.keys()) unfinished.delete(id)
  return { done: [...done.values()], unfinished: [...unfinished.values()], skippedLines }
}
