/** What a process serves: models (`gateway`), everything else (`control`), or both. */
export const PROCESS_ROLES = ['all', 'gateway', 'control'] as const
export type ProcessRole = (typeof PROCESS_ROLES)[number]
