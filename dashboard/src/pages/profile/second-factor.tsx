import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { Button } from '../../components/button.tsx'
import { CopyText, Snippet } from '../../components/copy-text.tsx'
import { TextField } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { FailureNote } from '../../components/states.tsx'
import { CurrentPassword } from './profile-forms.tsx'
import { QrCode } from './qr-code.tsx'
import { type User, useChange } from './use-change.ts'

const Enabling = z.object({ totp_uri: z.string(), secret: z.string(), backup_codes: z.array(z.string()) })
const Codes = z.object({ backup_codes: z.array(z.string()) })

/** Codes of an authenticator, beside the password. */
export function SecondFactor({ user }: { user: User }) {
  return (
    <Section
      title="Second factor"
      description={
        user.has_second_factor
          ? 'Signing in with your password also asks for a code of your authenticator.'
          : 'A code of an authenticator app, asked for beside your password. With it a password of 8 characters will do.'
      }
    >
      {user.has_password ? null : <p className="text-muted">Set a password first.</p>}
      {user.has_password && user.has_second_factor ? <Enabled /> : null}
      {user.has_password && !user.has_second_factor ? <Disabled /> : null}
    </Section>
  )
}

function Disabled() {
  const [password, setPassword] = useState('')
  const enable = useChange('/two-factor/enable', Enabling, { onDone: () => setPassword('') })
  if (enable.data !== undefined) return <Confirm {...enable.data} />
  return (
    <form onSubmit={submitted(() => enable.mutate({ password }))} className="flex flex-col gap-3">
      <CurrentPassword value={password} onChange={setPassword} />
      <FailureNote error={enable.error} />
      <Button type="submit" className="self-start" isBusy={enable.isPending}>
        Set it up
      </Button>
    </form>
  )
}

function Confirm({ totp_uri, secret, backup_codes }: z.output<typeof Enabling>) {
  const [code, setCode] = useState('')
  const confirm = useChange('/two-factor/confirm', z.unknown())
  return (
    <form onSubmit={submitted(() => confirm.mutate({ code }))} className="flex flex-col gap-4">
      <p>Scan this with your authenticator, or type the secret into it.</p>
      <QrCode text={totp_uri} label="Secret for your authenticator" />
      <CopyText text={secret} />
      <BackupCodes codes={backup_codes} />
      <TextField
        label="The six digits that it shows"
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="[0-9]{6}"
        required
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <FailureNote error={confirm.error} />
      <Button type="submit" look="primary" className="self-start" isBusy={confirm.isPending}>
        Switch it on
      </Button>
    </form>
  )
}

function Enabled() {
  const [password, setPassword] = useState('')
  const done = () => setPassword('')
  const disable = useChange('/two-factor/disable', z.unknown(), { onDone: done })
  const renew = useChange('/two-factor/backup-codes', Codes, { onDone: done })
  return (
    <div className="flex flex-col gap-3">
      {renew.data === undefined ? null : <BackupCodes codes={renew.data.backup_codes} />}
      <CurrentPassword value={password} onChange={setPassword} />
      <FailureNote error={renew.error ?? disable.error} />
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => renew.mutate({ password })} isBusy={renew.isPending}>
          New backup codes
        </Button>
        <Button look="danger" onClick={() => disable.mutate({ password })} isBusy={disable.isPending}>
          Switch it off
        </Button>
      </div>
    </div>
  )
}

function BackupCodes({ codes }: { codes: readonly string[] }) {
  return (
    <div className="flex flex-col gap-1">
      <p>Keep these backup codes now: each lets you in once without the authenticator, and they are not shown again.</p>
      <Snippet code={codes.join('\n')} label="Backup codes" />
    </div>
  )
}

function submitted(work: () => void) {
  return (event: FormEvent) => {
    event.preventDefault()
    work()
  }
}
