import { z } from 'zod'
import type { Permission } from '../../../../src/contract/common/permissions.ts'
import { isHeldAnywhere } from '../../access/access.ts'
import { useSession } from '../../access/session.tsx'
import { Page } from '../../components/page.tsx'
import { type Tab, Tabs } from '../../components/tabs.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { ManagementKeysTab } from './management-keys-tab.tsx'
import { MembersTab } from './members-tab.tsx'
import { PolicyTab } from './policy-tab.tsx'
import { ProvidersTab } from './providers-tab.tsx'
import { RolesTab } from './roles-tab.tsx'
import { ScimTab } from './scim-tab.tsx'

const Search = z.object({ tab: z.string().optional() })

const TABS: readonly (Tab & { permission: Permission })[] = [
  { id: 'members', label: 'Members', permission: 'organization:read', content: <MembersTab /> },
  { id: 'roles', label: 'Roles', permission: 'organization:read', content: <RolesTab /> },
  { id: 'keys', label: 'Management keys', permission: 'management-key:read', content: <ManagementKeysTab /> },
  { id: 'policy', label: 'Policy', permission: 'organization:read', content: <PolicyTab /> },
  { id: 'providers', label: 'Providers', permission: 'custom-provider:read', content: <ProvidersTab /> },
  { id: 'directory', label: 'Directory', permission: 'scim:read', content: <ScimTab /> },
]

/** Who belongs to the organization, what roles mean, what administers it, and what nobody in it can widen. */
export function OrganizationPage() {
  const { access, organization } = useSession()
  const [{ tab }, change] = useFilters(Search)
  const tabs = TABS.filter(({ permission }) => isHeldAnywhere(access, permission))
  return (
    <Page title="Organization" description={`${organization.name}: what holds for all its workspaces.`}>
      <Tabs
        label="Organization"
        tabs={tabs}
        chosen={tabs.find(({ id }) => id === tab)?.id ?? 'members'}
        onChoose={(id) => change({ tab: id })}
      />
    </Page>
  )
}
