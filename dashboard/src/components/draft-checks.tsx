import { CheckField } from './field.tsx'

type FlagOf<Draft> = { [Name in keyof Draft]: Draft[Name] extends boolean ? Name : never }[keyof Draft]

interface DraftChecksProps<Draft> {
  draft: Draft
  set: (changes: Partial<Draft>) => void
  /** What each says to people, in their order. */
  labels: readonly (readonly [flag: FlagOf<Draft>, label: string])[]
}

/** The yes or no of several fields of a draft, one below the other. */
export function DraftChecks<Draft>({ draft, set, labels }: DraftChecksProps<Draft>) {
  return labels.map(([flag, label]) => (
    <CheckField
      key={label}
      label={label}
      checked={draft[flag] === true}
      onChange={(event) => set({ [flag]: event.target.checked } as Partial<Draft>)}
    />
  ))
}
