import { assert, assertEquals } from "@std/assert";
import {
  type Automaton,
  contains,
  endsWith,
  product,
  startsWith,
} from "../../lib/generate/automaton.ts";
import { assertFails } from "../helpers/assert.ts";
import { accepts } from "../helpers/automaton.ts";

/** The texts of a and b that have up to `length` characters. */
function* texts(length: number): Generator<string> {
  yield "";
  if (length === 0) return;
  for (const text of texts(length - 1)) {
    if (text.length === length - 1) yield* [text + "a", text + "b"];
    if (text !== "") yield text;
  }
}

const codes = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

Deno.test("startsWith(), contains() and endsWith() accept what those of strings do", () => {
  let count = 0;
  for (const pattern of new Set(texts(5))) {
    const prefix = startsWith(codes(pattern));
    const infix = contains(codes(pattern));
    const suffix = endsWith(codes(pattern));
    for (const text of new Set(texts(8))) {
      const what = `${text} and ${pattern}`;
      assertEquals(accepts(prefix, codes(text)), text.startsWith(pattern), what);
      assertEquals(accepts(infix, codes(text)), text.includes(pattern), what);
      assertEquals(accepts(suffix, codes(text)), text.endsWith(pattern), what);
      count++;
    }
  }
  assertEquals(count, 63 * 511, "all patterns and texts");
});

Deno.test("endsWith() is in the state of how much of the pattern the text ends with", () => {
  for (const pattern of new Set(texts(9))) {
    const { next } = endsWith(codes(pattern));
    for (let state = 0; state <= pattern.length; state++) {
      for (const symbol of "ab") {
        const text = pattern.slice(0, state) + symbol;
        let expected = Math.min(text.length, pattern.length);
        while (!text.endsWith(pattern.slice(0, expected))) expected--;
        assertEquals(next(state, symbol.charCodeAt(0)), expected, `${pattern} after ${text}`);
      }
    }
  }
});

Deno.test("contains() takes few steps back in a pattern that repeats itself", () => {
  let numReads = 0;
  const zeros = new Array<number>(1000).fill(0);
  const pattern = new Proxy(zeros, {
    get(target, key) {
      numReads++;
      return Reflect.get(target, key);
    },
  });
  const automaton = contains(pattern);
  numReads = 0;
  assertEquals(automaton.next(999, 1), 0);
  assert(numReads < 10, `the pattern is read ${numReads} times`);
});

Deno.test("product() accepts what all do", () => {
  const patterns = [...new Set(texts(2))].map(codes);
  for (const a of patterns) {
    for (const b of patterns) {
      const parts = [startsWith(a), contains(b), endsWith(a), endsWith(b)];
      const { numStates, next, accepts: ends } = product(parts, codes("ab"));
      assertEquals(next.length, 2 * numStates);
      assertEquals(ends.length, numStates);
      const table: Automaton = {
        next: (state, symbol) => next[2 * state + codes("ab").indexOf(symbol)]!, // a or b
        accepts: (state) => ends[state]!, // one a state
        classOf: (symbol) => symbol,
      };
      for (const text of new Set(texts(5))) {
        const expected = parts.every((part) => accepts(part, codes(text)));
        assertEquals(accepts(table, codes(text)), expected, `${text}: ${a} and ${b}`);
      }
    }
  }
});

Deno.test("product() of nothing accepts everything", () => {
  assertEquals(product([], [5, 6]), {
    numStates: 1,
    next: Int32Array.of(0, 0),
    accepts: [true],
  });
});

Deno.test("product() throws if it is too large", () => {
  const symbols = Array.from({ length: 1000 }, (_, i) => i);
  assertFails(
    () => product([contains([...symbols, ...symbols])], symbols),
    RangeError,
    "Cannot generate: the constraints are too many or too long: " +
      "shorten the texts, or drop the lengths",
  );
});
