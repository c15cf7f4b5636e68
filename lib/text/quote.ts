/**
 * Quotes foreign text in messages, escaped, so that it can neither break the line nor pass for a
 * part of the message.
 *
 * @module
 */

/** The maximum number of characters (Unicode code points) of an excerpt. */
const EXCERPT = 60;

/** Quotes a text that a user has typed, such as a path. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Quotes the beginning of a text from a file, which can have megabytes. */
export function excerpt(text: string): string {
  const start = [...text.slice(0, 2 * EXCERPT)].slice(0, EXCERPT).join(""); // 2 units at most each
  return quote(start.length < text.length ? `${start}...` : text);
}

/** Quotes a text unless it is plainly one word of a command line. */
export function asWord(text: string): string {
  return /^[\w=.+/-]+$/.test(text) ? text : quote(text);
}
