import { useReach } from '../../access/session.tsx'
import { GroupMappings } from './scim-mappings.tsx'
import { ScimTokens } from './scim-tokens.tsx'

/** What a directory service may bring in, and what its groups mean here. */
export function ScimTab() {
  const mayWrite = useReach('scim:write') !== undefined
  return (
    <>
      <GroupMappings mayWrite={mayWrite} />
      <ScimTokens mayWrite={mayWrite} />
    </>
  )
}
