import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestDirectoryOptions {
  /** A file system in memory. */
  memory?: string
  /** What must be free of it, and of the memory. */
  bytesMin?: number
}

/** Some times what all databases of tests that run at a time take together. */
const BYTES_MIN = 8 * 1024 ** 3

/**
 * A new directory for what tests write: in memory where there is plenty, else where the system puts temporary files. Tests make and
 * remove hundreds of databases of some thousand files, and some file systems (ext4 without a journal) look at every file that was
 * removed in the last minutes before they make one, which took half of the CPU of tests with many.
 */
export function makeTestDirectory({ memory = '/dev/shm', bytesMin = BYTES_MIN }: TestDirectoryOptions = {}): string {
  return inMemory(memory, bytesMin) ?? mkdtempSync(join(tmpdir(), 'sw-run-'))
}

function inMemory(memory: string, bytesMin: number): string | undefined {
  let directory: string | undefined
  try {
    const { bavail, bsize } = statfsSync(memory)
    if (Math.min(bavail * bsize, process.availableMemory()) < bytesMin) return undefined
    directory = mkdtempSync(join(memory, 'sw-run-'))
    // Some tests run programs from it, which containers often forbid there.
    const program = join(directory, 'program')
    writeFileSync(program, '', { mode: 0o700 })
    accessSync(program, constants.X_OK)
    rmSync(program)
    return directory
  } catch {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
    return undefined
  }
}
