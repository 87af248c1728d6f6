import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { join } from 'node:path'

/** Everything but the subject under measurement runs here. */
const LOAD_CORE = '1'

/** Starts a script of this folder on the load's core. */
export function forkPinned(file: string): ChildProcess {
  const child = fork(join(import.meta.dirname, file))
  pin(String(child.pid), LOAD_CORE)
  return child
}

/**
 * Moves a local PostgreSQL away from the subject's core; its new connections inherit that. Returns what puts it back, which
 * is also done when this process exits in another way. Without the right to move it, it stays where it is.
 */
export function pinDatabase(): () => void {
  if (!process.env['DATABASE_URL']) return () => {}
  try {
    const cores = coresOf(processesOf('postgres')[0] ?? '')
    for (const pid of processesOf('postgres')) pin(pid, LOAD_CORE)
    let isPinned = true
    const unpin = () => {
      if (isPinned) for (const pid of processesOf('postgres')) pin(pid, cores)
      isPinned = false
    }
    process.once('exit', unpin)
    return unpin
  } catch {
    console.log('PostgreSQL could not be pinned')
    return () => {}
  }
}

function pin(pid: string, cores: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores, pid], { stdio: 'ignore' })
}

function coresOf(pid: string): string {
  const answer = execFileSync('taskset', ['-c', '-p', pid], { encoding: 'utf8' })
  return answer.slice(answer.lastIndexOf(':') + 1).trim()
}

/** Oldest first. */
function processesOf(name: string): string[] {
  return execFileSync('pgrep', [name], { encoding: 'utf8' }).trim().split('\n')
}
