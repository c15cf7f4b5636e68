/** Constraints by the functions of strings: the judge of what generation makes. */

import type { TextConstraints } from "../../lib/generate/constraints.ts";

/** Checks whether a text satisfies constraints. */
export function isWanted(text: string, constraints: TextConstraints): boolean {
  const { prompt = "", startsWith = "", endsWith = "", contains = "" } = constraints;
  const { minLength = 0, maxLength = Infinity, match = /^/ } = constraints;
  const length = [...text].length;
  return text.startsWith(prompt) && text.startsWith(startsWith) && text.endsWith(endsWith) &&
    text.includes(contains) && length >= minLength && length <= maxLength && match.test(text) &&
    !text.includes("\ufffd");
}
