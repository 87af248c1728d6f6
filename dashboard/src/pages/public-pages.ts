import type { ComponentType } from 'react'

/** Pages that nobody needs to be signed in for. */
export const PUBLIC_PAGES: readonly { path: string; load: () => Promise<ComponentType> }[] = [
  { path: '/sign-in', load: async () => (await import('./sign-in/sign-in-page.tsx')).SignInPage },
  { path: '/setup', load: async () => (await import('./set-up/set-up-page.tsx')).SetUpPage },
  { path: '/invitations/accept', load: async () => (await import('./join/accept-page.tsx')).AcceptPage },
  { path: '/sign-up', load: async () => (await import('./join/sign-up-page.tsx')).SignUpPage },
  { path: '/sign-up/complete', load: async () => (await import('./join/sign-up-page.tsx')).CompleteSignUpPage },
  { path: '/forgot-password', load: async () => (await import('./join/password-pages.tsx')).ForgotPasswordPage },
  { path: '/reset-password', load: async () => (await import('./join/password-pages.tsx')).ResetPasswordPage },
  { path: '/confirm-email', load: async () => (await import('./join/password-pages.tsx')).ConfirmEmailPage },
]

/** Those of whoever is signed in, whatever their role. */
export const PERSONAL_PAGES: typeof PUBLIC_PAGES = [
  { path: '/profile', load: async () => (await import('./profile/profile-page.tsx')).ProfilePage },
  { path: '/auth', load: async () => (await import('./connect/connect-app-page.tsx')).ConnectAppPage },
  { path: '/auth/mcp', load: async () => (await import('./connect/connect-mcp-page.tsx')).ConnectMcpPage },
]
