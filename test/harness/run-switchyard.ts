import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export const SWITCHYARD_PROGRAM = join(import.meta.dirname, '../../bin/switchyard')

/** The baseline compiler alone for the embedded database: most processes of tests end before the optimizing one, which takes as long
 *  as the whole rest of a start, has paid for itself; those that live long take no more without it. */
export const EMBEDDED_FLAGS: readonly string[] = ['--liftoff-only']

export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** One command line of the real program, with nothing of the developer's environment. */
export async function runSwitchyard(
  args: readonly string[],
  { env = {}, stdin = '' }: { env?: Readonly<Record<string, string | undefined>>; stdin?: string } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [...EMBEDDED_FLAGS, SWITCHYARD_PROGRAM, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number, stdout, stderr }
}
