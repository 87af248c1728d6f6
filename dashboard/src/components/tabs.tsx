import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

export interface Tab {
  id: string
  label: string
  content: ReactNode
}

/** One of several at a time. `chosen` and `onChoose` where the address says which. */
export function Tabs({
  label,
  tabs,
  chosen,
  onChoose,
}: {
  label: string
  tabs: readonly Tab[]
  chosen?: string
  onChoose?: (id: string) => void
}) {
  // Where the address says which, focus alone leads nowhere: it would make an entry of the history for each tab on the way.
  const controlled =
    chosen === undefined ? { defaultValue: tabs[0]?.id ?? '' } : { value: chosen, activationMode: 'manual' as const }
  return (
    <Radix.Root {...controlled} {...(onChoose === undefined ? {} : { onValueChange: onChoose })}>
      <Radix.List aria-label={label} className="flex flex-wrap gap-x-4 border-b border-line">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.id}
            value={tab.id}
            className="-mb-px border-b-2 border-transparent px-0.5 py-1.5 font-medium whitespace-nowrap text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} className="pt-4">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
