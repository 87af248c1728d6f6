import type { Observe } from '../observe/observation.ts'

interface DueKey {
  hash: string
  organizationId: string
}

export interface RotateDueKeysOptions {
  listDue: () => Promise<DueKey[]>
  rotate: (key: DueKey) => Promise<void>
  observe: Observe
}

/** Rotates each key whose time has come. One that can't be rotated is told of and keeps nobody else waiting. */
export async function rotateDueKeys({ listDue, observe, rotate }: RotateDueKeysOptions): Promise<void> {
  for (const key of await listDue()) {
    try {
      await rotate(key)
    } catch (error) {
      // Somebody else has rotated, or deleted, it meanwhile.
      if (error instanceof Error && 'code' in error && error.code === 'not_found') continue
      const message = error instanceof Error ? error.message : String(error)
      observe({ type: 'rotation_failed', keyHash: key.hash, message })
    }
  }
}
