/** What one picture, sound or file is counted for, linked or not. No known provider counts one for more. */
export const MEDIUM_TOKENS = 20_000
