/** Carries the caller's address to better-auth: nothing that a caller sends under this name gets there. */
export const CLIENT_IP_HEADER = 'x-switchyard-client-ip'
