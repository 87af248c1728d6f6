import { PGlite, type PGliteOptions } from '@electric-sql/pglite'

/**
 * How the engine runs on a directory. Small buffers, because the operating system caches the files anyway and every touched
 * page counts as our memory. A few log segments are kept for reuse, so that a full disk stops new tables' pages before it
 * stops the log, which would stop the engine; and some that were used, so that after a kill the copies of the log can go on.
 */
export function engineOptions(directory: string, onPanic: (message: string) => void): PGliteOptions {
  return {
    dataDir: directory,
    // Used at creation only. A segment is part of every snapshot however little is in it.
    initDbStartParams: ['--wal-segsize=4'],
    startParams: [
      ...PGlite.defaultStartParams,
      ...setting('shared_buffers', '32MB'),
      ...setting('min_wal_size', '48MB'),
      ...setting('max_wal_size', '96MB'),
      ...setting('wal_keep_size', '64MB'),
      ...setting('DateStyle', 'ISO, YMD'),
    ],
    // The engine survives its own panics in a state that answers nonsense; its log is the only place that tells.
    onStderr: (line: string) => {
      if (line.includes('PANIC:') || line.startsWith('Aborted(')) onPanic(line)
      return false
    },
  }
}

function setting(name: string, value: string): [string, string] {
  return ['-c', `${name}=${value}`]
}
