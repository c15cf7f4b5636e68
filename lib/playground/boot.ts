/**
 * The only script that stands in the page as it is: unpacks the page's program, which takes a third
 * of the room that way, and runs it. The policy of the page has the hashes of both.
 *
 * @module
 */

/// <reference lib="dom" />

import { HTML, unpacked } from "../text/packing.ts";
import { find } from "./page/dom.ts";

/** More than the program can have, in bytes. */
const MAX_PROGRAM = 1 << 20;

async function boot(): Promise<void> {
  const packed = find(document, "#program", HTMLScriptElement).text;
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await unpacked(packed, HTML, MAX_PROGRAM));
  document.body.append(script);
}

boot();
