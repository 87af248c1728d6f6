/** Where a thing may lie, seen from an actor: `own` is in their workspace and made by them, `colleague` made by another. */
export const PLACES = ['own', 'colleague', 'sibling workspace', 'other organization', 'deleted', 'unknown'] as const
export type Place = (typeof PLACES)[number]
