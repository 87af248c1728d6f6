import { z } from 'zod'

/** Whose names, where both are there, make the port speak TLS. */
export const TLS_SETTINGS = {
  TLS_CERT: z
    .string()
    .max(4_096)
    .optional()
    .describe('PEM file of the certificate and those that lead to its issuer; the port speaks TLS 1.3 alone'),
  TLS_KEY: z.string().max(4_096).optional().describe('PEM file of its private key'),
}

const Settings = z.object(TLS_SETTINGS)
type Settings = z.output<typeof Settings>

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export function tlsFilesOf({ TLS_CERT: certFile, TLS_KEY: keyFile }: Settings): TlsFiles | null {
  return certFile === undefined || keyFile === undefined ? null : Object.freeze({ certFile, keyFile })
}

/** What of these settings can't be together. */
export function tlsConflicts({ TLS_CERT: cert, TLS_KEY: key }: Settings, publicUrl: string | undefined): string[] {
  if ((cert === undefined) !== (key === undefined)) return ['TLS_CERT: needs TLS_KEY, and the other way round']
  if (cert === undefined || publicUrl === undefined || publicUrl.startsWith('https:')) return []
  return ['SWITCHYARD_PUBLIC_URL: must be an https URL where TLS_CERT is set, because the port speaks nothing else']
}
