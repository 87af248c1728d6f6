import type { WorkspaceRole } from '../../../../src/contract/common/permissions.ts'
import { ROLES } from './roles.ts'

/** One of the four roles, each with what it means. */
export function RoleChoice({ role, onChoose }: { role: WorkspaceRole; onChoose: (role: WorkspaceRole) => void }) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">Role</legend>
      <div className="flex flex-col gap-2">
        {ROLES.map((known) => (
          <label
            key={known.role}
            className="flex cursor-pointer gap-2 rounded-md border border-line-strong px-3 py-2 has-checked:border-accent has-checked:bg-accent-soft"
          >
            <input
              type="radio"
              name="role"
              className="mt-0.5 accent-accent"
              checked={role === known.role}
              onChange={() => onChoose(known.role)}
            />
            <span>
              <span className="block font-medium">{known.title}</span>
              <span className="block text-sm text-muted">{known.text}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
