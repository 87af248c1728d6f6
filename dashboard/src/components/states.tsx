import { CircleAlert, Lock, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Permission } from '../../../src/contract/common/permissions.ts'
import { grantersOf } from '../access/access.ts'
import { messageOf, RequestFailed } from '../api/request-failed.ts'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'
import { CopyText } from './copy-text.tsx'

/** A grey bar where a text or figure will stand. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={classNames('block animate-pulse rounded-md bg-raised', className)} />
}

/** What will be a table or a list of rows. */
export function LoadingRows({ rows = 6, label }: { rows?: number; label: string }) {
  return (
    <div role="status" aria-label={`Loading ${label}`} className="flex flex-col border-t border-line">
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} className="flex gap-6 border-b border-line py-3">
          <Skeleton className="h-4 w-2/5" />
          <Skeleton className="h-4 w-1/5" />
          <Skeleton className="ml-auto h-4 w-1/6" />
        </span>
      ))}
    </div>
  )
}

/** What this is, the one thing to do, and how it looks in code where that helps. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon
  title: string
  children: ReactNode
  action?: ReactNode
}) {
  return (
    <section className="flex flex-col items-center gap-3 rounded-md border border-dashed border-line-strong px-6 py-12 text-center">
      <Icon aria-hidden className="size-6 text-faint" />
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="max-w-prose text-muted">{children}</div>
      {action}
    </section>
  )
}

/** What failed, how to find it in the logs, and another try. */
export function ErrorState({ error, retry, what }: { error: Error; retry: () => void; what: string }) {
  if (error instanceof RequestFailed && error.status === 403) return <RefusedState error={error} />
  const isMissing = error instanceof RequestFailed && error.status === 404
  return (
    <section
      role="alert"
      className="flex flex-col items-center gap-3 rounded-md border border-line px-6 py-12 text-center"
    >
      <CircleAlert aria-hidden className="size-6 text-danger" />
      <h2 className="text-lg font-semibold">{isMissing ? 'Not found' : `Could not load ${what}`}</h2>
      <p className="max-w-prose text-muted">{messageOf(error)}</p>
      <RequestId error={error} />
      {isMissing ? null : <Button onClick={retry}>Try again</Button>}
    </section>
  )
}

function RefusedState({ error }: { error: RequestFailed }) {
  const { permission } = error.metadata
  if (typeof permission === 'string') return <NoPermission permission={permission as Permission} />
  return (
    <section className="flex flex-col items-center gap-3 rounded-md border border-line px-6 py-12 text-center">
      <Lock aria-hidden className="size-6 text-faint" />
      <h2 className="text-lg font-semibold">Not for you</h2>
      <p className="max-w-prose text-muted">{error.message}</p>
    </section>
  )
}

/** Why there is nothing to see, and who can change that. */
export function NoPermission({ permission }: { permission: Permission }) {
  return (
    <section className="flex flex-col items-center gap-3 rounded-md border border-line px-6 py-12 text-center">
      <Lock aria-hidden className="size-6 text-faint" />
      <h2 className="text-lg font-semibold">Your role doesn't include this</h2>
      <p className="max-w-prose text-muted">
        This page needs the permission <code className="font-mono text-sm text-ink">{permission}</code>. Ask{' '}
        {grantersOf(permission)} for a role that has it.
      </p>
    </section>
  )
}

/** Inside a form: what was wrong with the last try. */
export function FailureNote({ error }: { error: Error | null }) {
  if (error === null) return null
  return (
    <div role="alert" className="flex flex-col gap-1 rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">
      <span className="break-words">{messageOf(error)}</span>
      <RequestId error={error} />
    </div>
  )
}

function RequestId({ error }: { error: Error }) {
  if (!(error instanceof RequestFailed) || error.requestId === undefined || error.status < 500) return null
  return (
    <span className="text-sm text-muted">
      Request <CopyText text={error.requestId} />
    </span>
  )
}
