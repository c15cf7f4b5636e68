/**
 * The visitor's screen and wishes.
 *
 * @module
 */

/// <reference lib="dom" />

/** On a phone the transport is at the foot of the window, and its room may be out of sight. */
export const IS_PHONE: MediaQueryList = matchMedia("(max-width: 639px)");

/** True if the visitor wants nothing to move. */
export const IS_CALM: MediaQueryList = matchMedia("(prefers-reduced-motion: reduce)");
