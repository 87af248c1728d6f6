/** The file asks for something that can't be, by its place. */
export class PlanRefused extends Error {}
