import { type ByokCredential, type CallerCredentials, type CredentialCaller, credentialsOf } from '../../domain/byok.ts'

interface ByokCaller extends CredentialCaller {
  organizationId: string
}

interface Organization {
  all: readonly ByokCredential[]
  ofCallers: WeakMap<ByokCaller, { found: CallerCredentials | null }>
}

/**
 * The customers' credentials for providers, opened, in memory only. What a key may use is found when it is first asked for and
 * kept until anything of its organization is replaced. The same key is to be the same object.
 */
export class ByokDirectory {
  readonly #organizations = new Map<string, Organization>()

  /** Null for a caller without any. */
  of(caller: ByokCaller): CallerCredentials | null {
    const organization = this.#organizations.get(caller.organizationId)
    if (organization === undefined) return null
    const known = organization.ofCallers.get(caller)
    if (known !== undefined) return known.found
    const found = credentialsOf(organization.all, caller)
    organization.ofCallers.set(caller, { found })
    return found
  }

  /** All that an organization has, those of a provider in the order in which they are to be tried. */
  put(organizationId: string, all: readonly ByokCredential[]): void {
    if (all.length === 0) this.#organizations.delete(organizationId)
    else this.#organizations.set(organizationId, { all, ofCallers: new WeakMap() })
  }
}
