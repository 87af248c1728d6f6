import { ROLE_CAPS_DEFAULT } from '../../../../src/contract/common/permissions.ts'
import { useReach } from '../../access/session.tsx'
import { Section } from '../../components/page.tsx'
import { ROLES } from '../members/roles.ts'
import { CustomRoles } from './custom-roles.tsx'
import { RoleTemplates } from './role-templates.tsx'

const CAPS = `A workspace has at most ${ROLE_CAPS_DEFAULT.admin} Admins and ${ROLE_CAPS_DEFAULT.billing_manager} Billing Managers unless the installation says otherwise; administrators of the organization don't count.`

/** What the roles mean, those of the organization's own, and what comes with each. */
export function RolesTab() {
  const mayRead = useReach('custom-role:read') !== undefined
  const mayReadTemplates = useReach('role-template:read') !== undefined
  return (
    <>
      <Section
        title="The four roles"
        description={`Everybody has one of them, or one of your own, in each workspace. ${CAPS}`}
      >
        <dl className="divide-y divide-line border-y border-line">
          {ROLES.map(({ role, title, text }) => (
            <div key={role} className="grid gap-x-6 py-2.5 sm:grid-cols-[160px_1fr]">
              <dt className="font-medium">{title}</dt>
              <dd className="text-muted">{text}</dd>
            </div>
          ))}
        </dl>
      </Section>
      {mayRead ? <CustomRoles /> : null}
      {mayReadTemplates ? <RoleTemplates /> : null}
    </>
  )
}
