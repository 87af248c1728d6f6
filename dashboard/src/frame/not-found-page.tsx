import { useRouter } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { ButtonLink } from '../components/button.tsx'
import { Page } from '../components/page.tsx'
import { EmptyState, ErrorState } from '../components/states.tsx'

/** The same for what isn't there and for what is not to be seen. */
export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState icon={Compass} title="Nothing is here" action={<ButtonLink to="/">To the start</ButtonLink>}>
        The page does not exist, or it belongs to a workspace that you are not in.
      </EmptyState>
    </Page>
  )
}

/** Where a page broke, such as by a release that took its code away. */
export function PageFailure({ error }: { error: unknown }) {
  const router = useRouter()
  return (
    <Page title="Something broke">
      <ErrorState error={toError(error)} retry={() => void router.invalidate()} what="this page" />
    </Page>
  )
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
