// What may stand in a pattern of SCAN as it is.

/** `text` with the characters escaped that SCAN's MATCH would read as a pattern. */
export const escapeGlob = (text: string): string => text.replace(/[\\*?[\]^]/g, '\\$&');
