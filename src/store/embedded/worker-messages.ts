/** What the main thread and the thread of the embedded database say to each other. */

export interface SnapshotRequest {
  /** The caller's word for what was committed before it asked. */
  mark: string
  bootId: string
  createdAt: string
}

export interface SnapshotOutcome {
  /** 0 when nothing had been written since the last one. */
  bytes: number
  /** Everything before this mark is in every snapshot kept. */
  oldestMark: string
}

export type ToWorker =
  /** Whole frontend messages of PostgreSQL's protocol, the last of which makes the server answer. */
  | { type: 'wire'; session: number; bytes: Uint8Array }
  | { type: 'snapshot'; request: number; snapshot: SnapshotRequest }
  | { type: 'close'; request: number }

export type FromWorker =
  | { type: 'ready' }
  /** The answer to exactly one `wire`, in order; may be empty. */
  | { type: 'wire'; session: number; bytes: Uint8Array }
  | { type: 'done'; request: number; outcome: SnapshotOutcome | undefined }
  | { type: 'failed'; request: number; message: string }
  /** The database can't go on; the thread ends. */
  | { type: 'panic'; message: string }

export interface WorkerData {
  directory: string
  /** Where the snapshots are, beside it. */
  dataDirectory: string
}
