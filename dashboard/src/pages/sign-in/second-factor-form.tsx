import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'

/** The code of an authenticator, or one of the backup codes. */
export function SecondFactorForm({
  onSignedIn,
  onStartAgain,
}: {
  onSignedIn: () => Promise<void>
  onStartAgain: () => void
}) {
  const [isBackup, setBackup] = useState(false)
  const [code, setCode] = useState('')
  const enter = useMutation({
    mutationFn: () => {
      const given = code.replace(/\s/g, '')
      return authApi('POST', '/sign-in/second-factor', {
        body: isBackup ? { backup_code: given } : { code: given },
        answer: z.unknown(),
      })
    },
    onSuccess: onSignedIn,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enter.mutate()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <TextField
        key={String(isBackup)}
        label={isBackup ? 'Backup code' : 'Code of your authenticator'}
        autoComplete="one-time-code"
        inputMode={isBackup ? 'text' : 'numeric'}
        required
        isMono
        autoFocus
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <FailureNote error={enter.error} />
      <Button type="submit" look="primary" isBusy={enter.isPending}>
        Sign in
      </Button>
      <div className="flex justify-between">
        <Button look="link" size="inline" onClick={() => setBackup(!isBackup)}>
          {isBackup ? 'Use the authenticator' : 'Use a backup code'}
        </Button>
        <Button look="link" size="inline" onClick={onStartAgain}>
          Start again
        </Button>
      </div>
    </form>
  )
}
