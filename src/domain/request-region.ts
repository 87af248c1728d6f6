import type { DataRegion } from './catalogue.ts'

/** The region that requests come in by, and that generations tell. There is no address for one region alone, so it is always this. */
export const REQUEST_REGION: DataRegion = 'global'
