import type { ComponentType } from 'react'

/** Pages that nobody needs to be signed in for. */
export const PUBLIC_PAGES: readonly { path: string; load: () => Promise<ComponentType> }[] = [
  { path: '/sign-in', load: async () => (await import('./sign-in/sign-in-page.tsx')).SignInPage },
]
