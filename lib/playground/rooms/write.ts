/**
 * The room Write. It stays hidden until it is built.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Playground } from "../page/playground.ts";

/**
 * Brings the room to life.
 *
 * @param _room Its section, with the content of `write.html`; to show it, make it no longer hidden.
 * @param _playground The list, the settings and the run.
 */
export function mountWrite(_room: HTMLElement, _playground: Playground): void {}
