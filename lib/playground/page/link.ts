/**
 * Links that hold a whole configuration: list, settings, seed. A run from a link gives the same
 * losses. All of it stands behind the `#`, which browsers keep to themselves.
 *
 * @module
 */

import { optionsOf, settingsOf } from "../shared/options.ts";
import type { OptionTexts } from "../shared/protocol.ts";
import type { Settings } from "../shared/settings.ts";
import type { List } from "./lists.ts";
import { LINK, packed as pack, unpacked } from "../../text/packing.ts";

/** The longest packed list in a link; a longer one is named by its SHA-256. */
const MAX_PACKED = 8000;

/** The most bytes that such a list can have. */
const MAX_UNPACKED = 1 << 20;

/** The part of an own list's name that a link keeps. */
const MAX_NAME = 60;

/** The names in a link that are not options of the command line. */
const LIST = "list", NAME = "name", TEXT = "text", DIGEST = "sha256";

/** The list that a link names. */
export type LinkedList =
  | { readonly kind: "included"; readonly name: string }
  | { readonly kind: "own"; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "elsewhere"; readonly name: string; readonly sha256: string };

/** The content of a link. */
export interface Linked {
  readonly list: LinkedList;
  readonly settings: Settings;
  /** The faults in it, as sentences. */
  readonly problems: readonly string[];
}

/**
 * Writes a link.
 *
 * @param list The list.
 * @param settings The settings.
 * @param isIncluded Whether every page has the list.
 * @returns What stands behind the `#`.
 */
export async function fragmentOf(
  list: List,
  settings: Settings,
  isIncluded: boolean,
): Promise<string> {
  const parameters = new URLSearchParams();
  if (isIncluded) parameters.set(LIST, list.name);
  else {
    parameters.set(NAME, list.name.slice(0, MAX_NAME));
    const packed = list.bytes.length > MAX_UNPACKED ? "" : await pack(list.bytes, LINK);
    if (packed.length > 0 && packed.length <= MAX_PACKED) parameters.set(TEXT, packed);
    else parameters.set(DIGEST, list.sha256);
  }
  for (const [name, text] of optionsOf(settings)) parameters.set(name, text || "yes");
  return parameters.toString();
}

/**
 * Reads a link.
 *
 * @param fragment What stands behind the `#`; it can be from anywhere.
 * @returns `undefined` if it is no configuration.
 */
export async function readFragment(fragment: string): Promise<Linked | undefined> {
  const parameters = new URLSearchParams(fragment);
  const options: OptionTexts = new Map(parameters);
  const name = parameters.get(NAME)?.slice(0, MAX_NAME) || "list.txt";
  const understood = settingsOf(options);
  const problems = understood.problems.map((problem) => `The link asks for ${problem}`);
  const linked = (list: LinkedList) => ({ list, settings: understood.settings, problems });
  const included = parameters.get(LIST), text = parameters.get(TEXT);
  const sha256 = parameters.get(DIGEST);
  if (included !== null) return linked({ kind: "included", name: included });
  if (text !== null) {
    try {
      return linked({ kind: "own", name, bytes: await unpacked(text, LINK, MAX_UNPACKED) });
    } catch {
      problems.push("The list in the link is damaged.");
      return linked({ kind: "included", name: "" });
    }
  }
  return sha256 === null ? undefined : linked({ kind: "elsewhere", name, sha256 });
}
