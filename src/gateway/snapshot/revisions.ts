/** Counts how often something of an organization was replaced. */
export class Revisions {
  readonly #of = new Map<string, number>()

  of(organizationId: string): number {
    return this.#of.get(organizationId) ?? 0
  }

  next(organizationId: string): void {
    this.#of.set(organizationId, this.of(organizationId) + 1)
  }
}
