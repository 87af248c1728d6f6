import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, uptime } from 'node:os'

/** Who runs: enough to tell later whether that process can still be alive. */
export interface MachineIdentity {
  machineId: string
  bootId: string
  host: string
  pid: number
  /** Empty where the system has no process namespaces. */
  pidNamespace: string
  /** Start time of the process in the system's own unit; undefined where it can't be read. */
  startTicks: string | undefined
}

/** `bootId` overrides what the system says, so that a test can pretend the machine was restarted. */
export function readMachine(bootId?: string | undefined): MachineIdentity {
  return {
    machineId: readMachineId(),
    bootId: bootId ?? readBootId(),
    host: hostname(),
    pid: process.pid,
    pidNamespace: readPidNamespace(),
    startTicks: readStartTicks(process.pid),
  }
}

/** Field 22 of `/proc/<pid>/stat`: a reused pid has another start time. */
export function readStartTicks(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  // The second field, the command, may hold spaces and parentheses; what follows its last one doesn't.
  return stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(19)
}

/** False only when the system says that there is no such process, or that it has ended and waits to be collected. */
export function mayBeAlive(pid: number): boolean {
  if (isDefunct(pid)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Field 3 of `/proc/<pid>/stat`: Z and X are dead processes that still have an entry. */
function isDefunct(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`)
  return stat !== undefined && /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

function readMachineId(): string {
  const id = readText('/etc/machine-id') ?? readText('/var/lib/dbus/machine-id')
  return id === undefined || id === '' ? `host:${hostname()}` : id
}

function readBootId(): string {
  const linux = readText('/proc/sys/kernel/random/boot_id')
  if (linux !== undefined) return linux
  if (process.platform === 'darwin') {
    try {
      return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim()
    } catch {
      // An old system without the name: the boot time has to do.
    }
  }
  return `boot-minute:${Math.round((Date.now() / 1_000 - uptime()) / 60)}`
}

function readPidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
