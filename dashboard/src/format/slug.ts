const SLUG_MAX = 50

/** A name as it may stand in an address: lowercase letters, digits and single hyphens. Empty when nothing of it may. */
export function toSlug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_MAX)
    .replace(/^-+|-+$/g, '')
}
