/** Rows of a list of money on one page. */
export const PAGE_SIZE = 25
