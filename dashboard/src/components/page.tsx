import { type ReactNode, useEffect } from 'react'

/** Title, one sentence, one thing to do; then the page. */
export function Page({
  title,
  description,
  action,
  children,
}: {
  title: string
  description?: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Switchyard`
  }, [title])
  return (
    <div className="mx-auto w-full max-w-[1200px] px-4 py-6 sm:px-8">
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold break-words">{title}</h1>
          {description === undefined ? null : <p className="mt-0.5 max-w-prose text-muted">{description}</p>}
        </div>
        {action === undefined ? null : <div className="flex flex-wrap gap-2 print:hidden">{action}</div>}
      </header>
      {children}
    </div>
  )
}

/** A part of a page under a heading of its own. */
export function Section({
  title,
  description,
  action,
  children,
}: {
  title: string
  description?: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="mb-8">
      <header className="mb-3 flex flex-wrap items-end justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-lg font-semibold">{title}</h2>
          {description === undefined ? null : <p className="max-w-prose text-sm text-muted">{description}</p>}
        </div>
        {action === undefined ? null : <div className="print:hidden">{action}</div>}
      </header>
      {children}
    </section>
  )
}
