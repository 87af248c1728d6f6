/** What the main thread and the thread of the embedded database say to each other. */

export interface SnapshotRequest {
  seq: number
  archive: string
  sidecar: string
  mark: string
  bootId: string
  createdAt: string
}

export type SnapshotOutcome =
  /** Nothing was written since the last one. */
  { isTaken: false } | { isTaken: true; bytes: number }

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
}
