import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState, FailureNote, LoadingRows } from '../../components/states.tsx'
import { useChange } from './use-change.ts'

const Passkeys = z.array(z.object({ id: z.string(), name: z.string(), last_used_at: z.string().nullable() }))
const QUERY = ['profile', 'passkeys']

/** Ways in without a password. */
export function PasskeyList() {
  const passkeys = useQuery({ queryKey: QUERY, queryFn: () => authApi('GET', '/passkeys', { answer: Passkeys }) })
  return (
    <Section title="Passkeys" description="Your device or a security key signs you in, without a password or code.">
      {passkeys.isPending ? <LoadingRows label="passkeys" rows={1} /> : null}
      {passkeys.isError ? (
        <ErrorState error={passkeys.error} retry={() => void passkeys.refetch()} what="your passkeys" />
      ) : null}
      {passkeys.data === undefined || passkeys.data.length === 0 ? null : (
        <ul className="mb-4 border-t border-line">
          {passkeys.data.map((passkey) => (
            <PasskeyRow key={passkey.id} {...passkey} />
          ))}
        </ul>
      )}
      {'PublicKeyCredential' in globalThis ? <AddPasskey /> : <p className="text-muted">This browser knows none.</p>}
    </Section>
  )
}

function PasskeyRow({ id, name, last_used_at }: z.output<typeof Passkeys>[number]) {
  const remove = useChange(`/passkeys/${encodeURIComponent(id)}`, z.unknown(), { method: 'DELETE' })
  return (
    <li className="flex flex-wrap items-center gap-3 border-b border-line py-2">
      <span className="min-w-0 flex-1 truncate">{name}</span>
      <span className="text-sm text-muted">
        {last_used_at === null ? 'never used' : `used ${new Date(last_used_at).toLocaleDateString('en')}`}
      </span>
      <Button
        look="ghost"
        size="small"
        aria-label={`Delete ${name}`}
        onClick={() => remove.mutate({})}
        isBusy={remove.isPending}
      >
        Delete
      </Button>
      <FailureNote error={remove.error} />
    </li>
  )
}

function AddPasskey() {
  const [name, setName] = useState('')
  const client = useQueryClient()
  const add = useMutation({
    mutationFn: () => addPasskey(name),
    onSuccess: async () => {
      setName('')
      await client.invalidateQueries({ queryKey: QUERY })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <TextField
        label="Name of the new passkey"
        required
        maxLength={100}
        placeholder="My laptop"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <FailureNote error={add.error} />
      <Button type="submit" className="self-start" isBusy={add.isPending}>
        Add a passkey
      </Button>
    </form>
  )
}

async function addPasskey(name: string): Promise<void> {
  const { startRegistration } = await import('@simplewebauthn/browser')
  const answer = z.object({ options: z.unknown() })
  const { options } = await authApi('POST', '/passkeys/options', { body: {}, answer })
  const response = await startRegistration({ optionsJSON: options as never })
  await authApi('POST', '/passkeys', { body: { name, response }, answer: z.unknown() })
}
