/**
 * Scrolling, by what the visitor has asked for.
 *
 * @module
 */

/// <reference lib="dom" />

import { IS_CALM } from "./media.ts";

/**
 * Scrolls to an element: at once for those who want nothing to move.
 *
 * @param element The element.
 * @param block Where it comes to be: at the top, or wherever the shortest way leads.
 */
export function scrollTo(element: Element, block: "start" | "nearest"): void {
  element.scrollIntoView({ block, behavior: IS_CALM.matches ? "instant" : "smooth" });
}
