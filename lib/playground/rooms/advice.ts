/**
 * Advice about a list, with a button where there is something to be done.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, make } from "../page/dom.ts";
import { type List, newList } from "../page/lists.ts";
import type { Playground } from "../page/playground.ts";
import { type ListFacts, numCut } from "../shared/facts.ts";
import { type Fault, findFault, mended, type Separator } from "../shared/faults.ts";

/** With fewer names the model learns them by heart. */
const FEW = 50;

/** The largest block size. */
const MAX_BLOCK_SIZE = 256;

const SEPARATORS: Readonly<Record<Separator, string>> = {
  "\t": "tabs",
  ";": "semicolons",
  ",": "commas",
  " ": "spaces",
};

const ENCODINGS = {
  "utf-16le": "UTF-16",
  "utf-16be": "UTF-16",
  "windows-1252": "Windows-1252",
} as const;

/** A sentence, and perhaps a button behind it. */
type Advice = (Node | string)[];

/**
 * Says what is to be said about the present list.
 *
 * @param playground The list and the settings.
 */
export function adviceFor(playground: Playground): Advice {
  const { list, facts, problem } = playground;
  const fault = list && !list.isPartial && faultOf(list);
  if (list !== undefined && fault) return adviceForFault(list, fault, playground);
  if (problem !== undefined) return [problem];
  return facts === undefined ? [] : adviceForFacts(facts, playground);
}

/** The faults of lists that have been looked at. */
const faults = new WeakMap<List, { readonly fault: Fault | undefined }>();

function faultOf(list: List): Fault | undefined {
  const known = faults.get(list) ?? { fault: findFault(list.bytes) };
  faults.set(list, known);
  return known.fault;
}

function adviceForFault(list: List, fault: Fault, playground: Playground): Advice {
  const [message, action] = wordsFor(fault);
  return [
    `${message} `,
    button(action, () => {
      const bytes = new TextEncoder().encode(mended(list.bytes, fault));
      playground.setList(newList(list.name, bytes, { title: list.title }));
    }),
  ];
}

function wordsFor(fault: Fault): [message: string, action: string] {
  switch (fault.kind) {
    case "encoding":
      return ["Some bytes are not UTF-8.", `Read as ${ENCODINGS[fault.encoding]}`];
    case "table":
      return [`The list ${fault.what}.`, `Use column ${fault.column}`];
    case "line":
      return ["This is one long line.", `Split at ${SEPARATORS[fault.separator]}`];
  }
}

function adviceForFacts(facts: ListFacts, playground: Playground): Advice {
  const { list, settings: { blockSize } } = playground;
  const { numDocs, numDuplicates } = facts;
  const numOfCut = numCut(facts, blockSize), enough = facts.longest + 1;
  if (list?.isPartial) return ["Only the different names: the list itself is not in a model."];
  if (numOfCut > 0) {
    const lines = numOfCut === 1 ? "1 line is" : `${counted(numOfCut)} lines are`;
    const message = `${lines} longer than block size ${blockSize} and cut.`;
    if (enough > MAX_BLOCK_SIZE) return [message];
    const mend = () => playground.changeSetting("blockSize", `${enough}`);
    return [`${message} `, button(`Set block size to ${enough}`, mend)];
  }
  const numDistinct = numDocs - numDuplicates;
  if (numDistinct < FEW) {
    const different = numDuplicates > 0 ? "different " : "";
    const names = numDistinct === 1 ? "1 name is" : `${numDistinct} ${different}names are`;
    return [`${names} soon learned by heart: it will repeat them.`];
  }
  if (numDuplicates > 0) {
    const lines = numDuplicates === 1 ? "1 line repeats" : `${counted(numDuplicates)} lines repeat`;
    return [`Looks fine. ${lines} another; each counts.`];
  }
  return ["Looks fine: one name per line, nothing cut."];
}

function button(text: string, press: () => void): HTMLButtonElement {
  const element = make("button", { class: "plain", type: "button" }, text);
  element.addEventListener("click", press);
  return element;
}
