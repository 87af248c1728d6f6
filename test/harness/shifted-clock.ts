/**
 * Preloaded into a process (`--import`, its worker threads included): its wall clock is wrong by the milliseconds that stand in
 * the file CLOCK_SHIFT_FILE, which may change at any time. The monotonic clock stays as it is.
 */
import { readFileSync } from 'node:fs'

const { CLOCK_SHIFT_FILE: file } = process.env
if (!file) throw new Error('CLOCK_SHIFT_FILE must be set')
const READ_EVERY_MS = 20
const RightDate = Date
let shiftMs = readShift(file)
setInterval(() => {
  shiftMs = readShift(file)
}, READ_EVERY_MS).unref()

function readShift(path: string): number {
  const text = readFileSync(path, 'utf8')
  // Empty for the moment in which it is being written.
  return text === '' ? shiftMs : Number(text)
}

globalThis.Date = new Proxy(RightDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now()] : args, self) as object,
  apply: () => new RightDate(now()).toString(),
  get: (target, name, self) => (name === 'now' ? now : Reflect.get(target, name, self)),
})

function now(): number {
  return RightDate.now() + shiftMs
}
