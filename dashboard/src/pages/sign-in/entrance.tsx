import { type ReactNode, useEffect } from 'react'

/** The narrow page of whoever isn't in yet. */
export function Entrance({
  title,
  description,
  children,
}: {
  title: string
  description?: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Switchyard`
  }, [title])
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[400px] flex-col justify-center gap-6 px-4 py-10">
      <header className="flex flex-col gap-4">
        <Mark />
        <div>
          <h1 className="text-xl font-semibold">{title}</h1>
          {description === undefined ? null : <p className="mt-1 text-muted">{description}</p>}
        </div>
      </header>
      {children}
    </main>
  )
}

/** The product's sign: a line that takes one of two ways. */
export function Mark() {
  return (
    <span className="flex items-center gap-2.5">
      <svg aria-hidden viewBox="0 0 32 32" className="size-8">
        <rect width="32" height="32" rx="6" className="fill-ink" />
        <path
          d="M7 10h7l5 6-5 6H7M19 16h6"
          fill="none"
          strokeWidth="3"
          strokeLinecap="round"
          strokeLinejoin="round"
          className="stroke-accent"
        />
      </svg>
      <span className="text-lg font-semibold">Switchyard</span>
    </span>
  )
}
