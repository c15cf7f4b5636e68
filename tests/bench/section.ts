/** A part of the report. */

/** Measures, and returns text. `quick`: once and briefly, only to see that it works. */
export type Section = (quick: boolean) => Promise<string>;
