/*
 * A management key that somebody pasted in place of signing in. It lives in this page's memory alone and is gone with it;
 * without one the browser's session cookie speaks for whoever is signed in.
 */

let pasted: string | undefined

export function pastedKey(): string | undefined {
  return pasted
}

export function keepPastedKey(key: string | undefined): void {
  pasted = key
}
