import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Building2, CircleUser, LogOut, Monitor, Moon, Scale, Sun, UserCog } from 'lucide-react'
import { z } from 'zod'
import { useSession } from '../access/session.tsx'
import { authApi } from '../api/auth-api.ts'
import { keepPastedKey } from '../api/credential.ts'
import { SESSION_QUERY } from '../api/use-operation.ts'
import { Menu, MenuItem, MenuRule } from '../components/menu.tsx'
import { chooseTheme, type ThemeChoice, useThemeChoice } from '../theme/color-scheme.ts'

const THEMES = [
  { choice: 'light', label: 'Light', icon: Sun },
  { choice: 'dark', label: 'Dark', icon: Moon },
  { choice: 'system', label: 'As the system', icon: Monitor },
] as const

/** Who one is, how it looks, and the way out. */
export function PersonMenu() {
  const { user, kind, organization } = useSession()
  const name = user === null ? (kind === 'key' ? 'Read-only key' : 'Management key') : nameOf(user)
  const theme = useThemeChoice()
  const signOut = useSignOut()
  const navigate = useNavigate()
  return (
    <Menu
      trigger={
        <button
          type="button"
          className="flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-raised"
        >
          <CircleUser aria-hidden className="size-5 shrink-0 text-muted" />
          <span className="min-w-0 flex-1">
            <span className="block truncate">{name}</span>
            <span className="block truncate text-xs text-muted">{organization.name}</span>
          </span>
        </button>
      }
    >
      {THEMES.map(({ choice, label, icon: Icon }) => (
        <MenuItem key={choice} onSelect={() => chooseTheme(choice satisfies ThemeChoice)}>
          <Icon aria-hidden />
          <span className="flex-1">{label}</span>
          {theme === choice ? <span className="text-xs text-muted">now</span> : null}
        </MenuItem>
      ))}
      <OtherOrganizations />
      <MenuRule />
      {user === null ? null : (
        <MenuItem onSelect={() => void navigate({ to: '/profile' })}>
          <UserCog aria-hidden />
          Profile and sign-in
        </MenuItem>
      )}
      <MenuItem onSelect={() => void window.open('/third-party.txt', '_blank', 'noopener')}>
        <Scale aria-hidden />
        Licences of others
      </MenuItem>
      <MenuItem onSelect={() => void signOut()}>
        <LogOut aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  )
}

function nameOf({
  first_name,
  last_name,
  email,
}: {
  first_name: string | null
  last_name: string | null
  email: string
}) {
  const name = [first_name, last_name].filter((part) => part !== null && part !== '').join(' ')
  return name === '' ? email : name
}

function useSignOut(): () => Promise<void> {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { kind } = useSession()
  return async () => {
    if (kind === 'pasted') keepPastedKey(undefined)
    else await authApi('POST', '/sign-out', { body: {}, answer: z.unknown() })
    client.clear()
    // What the person wrote here is nobody else's.
    sessionStorage.clear()
    client.setQueryData(SESSION_QUERY, null)
    await navigate({ to: '/sign-in' })
  }
}

/** The way into another organization that the person is in. */
function OtherOrganizations() {
  const { organization, organizations } = useSession()
  const client = useQueryClient()
  const navigate = useNavigate()
  const others = organizations.filter(({ id }) => id !== organization.id)
  const enter = async (organization_id: string) => {
    await authApi('POST', '/organization', { body: { organization_id }, answer: z.unknown() })
    await navigate({ to: '/' })
    await client.resetQueries()
  }
  if (others.length === 0) return null
  return (
    <>
      <MenuRule />
      {others.map(({ id, name }) => (
        <MenuItem key={id} onSelect={() => void enter(id)}>
          <Building2 aria-hidden />
          {name}
        </MenuItem>
      ))}
    </>
  )
}
