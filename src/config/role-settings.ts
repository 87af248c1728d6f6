import { z } from 'zod'
import { PROCESS_ROLES } from '../domain/process-role.ts'

export const ROLE_SETTINGS = {
  SWITCHYARD_ROLE: z
    .enum(PROCESS_ROLES)
    .default('all')
    .describe('What this process serves: models (`gateway`), everything else (`control`), or both'),
}

const Settings = z.object(ROLE_SETTINGS)
type Settings = z.output<typeof Settings>

/** A role is a part of what several processes serve together, and only PostgreSQL has room for several. */
export function roleConflicts({ SWITCHYARD_ROLE: role }: Settings, databaseUrl?: string): string[] {
  return role === 'all' || databaseUrl !== undefined ? [] : [`SWITCHYARD_ROLE: ${role} needs DATABASE_URL`]
}
