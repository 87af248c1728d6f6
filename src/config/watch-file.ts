import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

const DEBOUNCE_MS = 200
const REOPEN_MS = 5_000

export interface FileWatch {
  close(): void
}

/**
 * Calls `onChange` once writing to the file at `path` has been quiet for 200 ms. Its directory is watched, not the file, so
 * that editors and mounts that replace the file by a rename or a symbolic link are noticed too. A directory that can't be
 * watched is told to `onFailure` and tried again every 5 s. Never keeps the process alive.
 */
export function watchFile(path: string, onChange: () => void, onFailure: (error: Error) => void): FileWatch {
  const directory = dirname(path)
  const names = new Set([basename(path), '..data'])
  let watcher: FSWatcher | undefined
  let settle: NodeJS.Timeout | undefined
  let reopen: NodeJS.Timeout | undefined
  let isClosed = false

  const noticeLater = () => {
    clearTimeout(settle)
    settle = setTimeout(onChange, DEBOUNCE_MS)
    settle.unref()
  }
  const fail = (error: unknown) => {
    if (isClosed) return
    watcher?.close()
    clearTimeout(reopen)
    reopen = setTimeout(() => {
      open()
      noticeLater()
    }, REOPEN_MS)
    reopen.unref()
    onFailure(error instanceof Error ? error : new Error(String(error)))
  }
  const open = () => {
    try {
      watcher = watch(directory, { persistent: false }, (_event, name) => {
        // Some systems leave the name out.
        if (name === null || names.has(name)) noticeLater()
      })
      watcher.on('error', fail)
    } catch (error) {
      fail(error)
    }
  }

  open()
  return {
    close() {
      isClosed = true
      watcher?.close()
      clearTimeout(settle)
      clearTimeout(reopen)
    },
  }
}
