import { UserRound } from 'lucide-react'
import { useSession } from '../../access/session.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { PasskeyList } from './passkey-list.tsx'
import { EmailForm, NameForm, PasswordForm } from './profile-forms.tsx'
import { SecondFactor } from './second-factor.tsx'
import { SessionList } from './session-list.tsx'

/** Who one is here, and how one signs in. */
export function ProfilePage() {
  const { user } = useSession()
  if (user === null)
    return (
      <Page title="Profile and sign-in">
        <EmptyState icon={UserRound} title="Nobody">
          This session was opened with a key, which has no profile. Sign in as a person to change yours.
        </EmptyState>
      </Page>
    )
  return (
    <Page title="Profile and sign-in" description={`You are signed in as ${user.email}.`}>
      <div className="flex max-w-2xl flex-col gap-2">
        <NameForm user={user} />
        <EmailForm user={user} />
        <PasswordForm user={user} />
        <SecondFactor user={user} />
        <PasskeyList />
        <SessionList />
      </div>
    </Page>
  )
}
