import { useMutation } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { Button } from '../../components/button.tsx'
import { FailureNote } from '../../components/states.tsx'

/** Where the browser knows passkeys. */
export function PasskeyButton({ onSignedIn }: { onSignedIn: () => Promise<void> }) {
  const enter = useMutation({ mutationFn: signInWithPasskey, onSuccess: onSignedIn })
  if (!('PublicKeyCredential' in globalThis)) return null
  return (
    <>
      <Button onClick={() => enter.mutate()} isBusy={enter.isPending}>
        <Fingerprint aria-hidden />
        Use a passkey
      </Button>
      <FailureNote error={enter.error} />
    </>
  )
}

async function signInWithPasskey(): Promise<void> {
  const { startAuthentication } = await import('@simplewebauthn/browser')
  const { options } = await authApi('POST', '/sign-in/passkey/options', {
    body: {},
    answer: z.object({ options: z.unknown() }),
  })
  const response = await startAuthentication({ optionsJSON: options as never })
  await authApi('POST', '/sign-in/passkey', { body: { response }, answer: z.unknown() })
}
