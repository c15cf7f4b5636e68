/** A small reader of XML that is strict where a browser is. */

import { assert, assertEquals } from "@std/assert";

/** An element. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The text in it, and in those in it. */
  text: string;
  readonly children: Element[];
}

const TOKEN = /<(\/?)([a-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/giy;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/**
 * Reads a document; knows elements, attributes in double quotes and four entities.
 *
 * @throws {Error} If the text is anything else.
 */
export function parseXml(text: string): Element {
  assert(text.isWellFormed() && !/[[\p{Cc}\ufffe\uffff]--\n]/v.test(text), "characters");
  const root: Element = { name: "", attributes: {}, text: "", children: [] };
  const open = [root];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token, close, name = "", attributes = "", empty, content] = match;
    end = match.index + token.length;
    if (content !== undefined) { for (const element of open) element.text += unescape(content); }
    else if (close) assertEquals(open.pop()?.name, name);
    else {
      const pairs = attributes.matchAll(/([\w:-]+)="([^"]*)"/g).toArray();
      const entries = pairs.map(([, key = "", value = ""]) => [key, unescape(value)]);
      const element = { name, attributes: Object.fromEntries(entries), text: "", children: [] };
      assertEquals(Object.keys(element.attributes).length, pairs.length, `twice in ${token}`);
      open.at(-1)!.children.push(element); // the root at least, see below
      if (!empty) open.push(element);
    }
    assert(open.length > 0, token);
  }
  assertEquals(text.slice(end), "", "cannot be read");
  assertEquals(open, [root], "not closed");
  assertEquals(root.children.length, 1);
  return root.children[0]!; // there is one
}

function unescape(text: string): string {
  return text.replace(/&(?:(\w+);)?/g, (entity, name) => {
    assert(name in ENTITIES, entity);
    return ENTITIES[name]!; // it is in them
  });
}

/** All elements of an element, and itself, in the order of the text. */
export function elementsOf(element: Element): Element[] {
  return [element, ...element.children.flatMap(elementsOf)];
}
