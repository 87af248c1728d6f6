import { useSyncExternalStore } from 'react'

/** What the person chose; `system` follows the machine. */
export type ThemeChoice = 'light' | 'dark' | 'system'

const STORED_AS = 'switchyard.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, readChoice)
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') localStorage.removeItem(STORED_AS)
  else localStorage.setItem(STORED_AS, choice)
  apply()
}

function apply(): void {
  const choice = readChoice()
  document.documentElement.dataset['theme'] = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice
  for (const listener of listeners) listener()
}

function readChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORED_AS)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) dark.addEventListener('change', apply)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) dark.removeEventListener('change', apply)
  }
}
