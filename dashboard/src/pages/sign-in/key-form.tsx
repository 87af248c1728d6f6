import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { getCurrentKey } from '../../../../src/contract/management/keys.ts'
import { authApi } from '../../api/auth-api.ts'
import { call } from '../../api/call.ts'
import { keepPastedKey } from '../../api/credential.ts'
import { RequestFailed } from '../../api/request-failed.ts'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'

/** A management key works in this page's memory alone; a read-only key opens a session that may look. */
export function KeyForm({ onSignedIn, isFirst }: { onSignedIn: () => Promise<void>; isFirst: boolean }) {
  const [key, setKey] = useState('')
  const enter = useMutation({ mutationFn: () => enterWith(key.trim()), onSuccess: onSignedIn })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enter.mutate()
  }
  return (
    <details open={isFirst} className="border-t border-line pt-4">
      <summary className="text-muted hover:text-ink">Use a key instead</summary>
      <form onSubmit={submit} className="mt-3 flex flex-col gap-3">
        <TextField
          label="Management or read-only key"
          hint="A management key is kept in this tab's memory and forgotten when you close or reload it."
          type="password"
          autoComplete="off"
          required
          isMono
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        <FailureNote error={enter.error} />
        <Button type="submit" look={isFirst ? 'primary' : 'secondary'} isBusy={enter.isPending}>
          Continue with the key
        </Button>
      </form>
    </details>
  )
}

async function enterWith(key: string): Promise<void> {
  keepPastedKey(key)
  try {
    const { data } = await call(getCurrentKey, {})
    if (data.is_management_key) return
  } catch (error) {
    keepPastedKey(undefined)
    if (error instanceof RequestFailed && error.status === 401)
      throw new RequestFailed('No living key reads like this.', { status: 401 })
    throw error
  }
  keepPastedKey(undefined)
  await authApi('POST', '/sign-in/key', { body: { key }, answer: z.unknown() })
}
