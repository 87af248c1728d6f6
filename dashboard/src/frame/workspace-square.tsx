const HUES = [
  'fill-(--series-1)',
  'fill-(--series-2)',
  'fill-(--series-3)',
  'fill-(--series-4)',
  'fill-(--series-5)',
  'fill-(--series-6)',
] as const

/** A coloured square by which a workspace is recognized; its colour comes from the slug. */
export function WorkspaceSquare({ slug }: { slug: string }) {
  const sum = [...slug].reduce((total, character) => (total * 31 + (character.codePointAt(0) ?? 0)) % 9_973, 7)
  return (
    <svg aria-hidden viewBox="0 0 20 20" className="size-5 shrink-0">
      <rect width="20" height="20" rx="4" className={HUES[sum % HUES.length]} />
    </svg>
  )
}
