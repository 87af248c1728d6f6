/** What was given isn't what the other gateway exports; the message says what is wrong. */
export class BadExport extends Error {}
