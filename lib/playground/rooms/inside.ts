/**
 * The room Look inside. It stays hidden until it is built.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Playground } from "../page/playground.ts";

/**
 * Brings the room to life.
 *
 * @param _room Its section, with the content of `inside.html`; to show it, make it no longer hidden.
 * @param _playground The list, the settings and the run.
 */
export function mountInside(_room: HTMLElement, _playground: Playground): void {}
