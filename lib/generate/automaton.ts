/**
 * Finite automata that read a text symbol by symbol and know in each state
 * whether it may end there: one for each thing that can be asked of a text, and
 * their product, which asks for all at once.
 *
 * What it does not do: know tokens, count characters (see `text_automaton`).
 *
 * @module
 */

/** Where no symbol leads back from: whatever follows, the text is not accepted. */
export const DEAD: number = -1;

/** How many transitions a product may have: 4 MB of them. */
const MAX_TRANSITIONS = 2 ** 20;

/** A deterministic automaton; it begins in state 0. */
export interface Automaton {
  /** The state after a symbol, or {@linkcode DEAD}. */
  next(state: number, symbol: number): number;
  /** Whether a text may end in a state. */
  accepts(state: number): boolean;
}

/**
 * Accepts what starts with a pattern. The state is how much of it has been read.
 *
 * @param pattern The symbols.
 */
export function startsWith(pattern: readonly number[]): Automaton {
  const end = pattern.length;
  return {
    next: (state, symbol) => state === end ? end : pattern[state] === symbol ? state + 1 : DEAD,
    accepts: (state) => state === end,
  };
}

/**
 * Accepts what contains a pattern. The state is how much of it the text ends with, or all.
 *
 * @param pattern The symbols.
 */
export function contains(pattern: readonly number[]): Automaton {
  const end = pattern.length;
  const advance = matcher(pattern);
  return {
    next: (state, symbol) => state === end ? end : advance(state, symbol),
    accepts: (state) => state === end,
  };
}

/**
 * Accepts what ends with a pattern. The state is how much of it the text ends with.
 *
 * @param pattern The symbols.
 */
export function endsWith(pattern: readonly number[]): Automaton {
  return { next: matcher(pattern), accepts: (state) => state === pattern.length };
}

/**
 * How much of a pattern a text ends with, from how much it was before the last
 * symbol: Knuth, Morris and Pratt, "Fast Pattern Matching in Strings" (1977).
 */
function matcher(pattern: readonly number[]): Automaton["next"] {
  /** How much of the pattern to compare instead, if the symbol after so much of it is another. */
  const links = [-1];
  const advance = (state: number, symbol: number) => {
    while (state >= 0 && pattern[state] !== symbol) state = links[state]!; // one a state
    return state + 1;
  };
  let border = 0; // how much of the pattern its first i symbols end with, and are not all of
  for (let i = 1; i <= pattern.length; i++) {
    const isVain = pattern[border] === pattern[i]; // to compare the same once more
    links.push(isVain ? links[border]! : border); // border < i
    border = advance(border, pattern[i]!); // i = length: not used any more
  }
  return advance;
}

/**
 * The well-formed byte sequences of UTF-8: for each state, which bytes lead from it
 * where, as [first, last, state]. The Unicode Standard, table 3-7.
 */
const UTF8_STATES: readonly (readonly (readonly [number, number, number])[])[] = [
  [ // 0: between characters
    [0x00, 0x7f, 0],
    [0xc2, 0xdf, 1],
    [0xe0, 0xe0, 4],
    [0xe1, 0xec, 2],
    [0xed, 0xed, 5],
    [0xee, 0xef, 2],
    [0xf0, 0xf0, 6],
    [0xf1, 0xf3, 3],
    [0xf4, 0xf4, 7],
  ],
  [[0x80, 0xbf, 0]], // 1: one byte more
  [[0x80, 0xbf, 1]], // 2: two more
  [[0x80, 0xbf, 2]], // 3: three more
  [[0xa0, 0xbf, 1]], // 4: two more, and no character below U+0800
  [[0x80, 0x9f, 1]], // 5: two more, and no surrogate
  [[0x90, 0xbf, 2]], // 6: three more, and no character below U+10000
  [[0x80, 0x8f, 2]], // 7: three more, and no character above U+10FFFF
];

/** Accepts bytes that are well-formed UTF-8. */
export const WELL_FORMED_UTF8: Automaton = {
  next(state, byte) {
    const ranges = UTF8_STATES[state] ?? [];
    return ranges.find(([first, last]) => first <= byte && byte <= last)?.[2] ?? DEAD;
  },
  accepts: (state) => state === 0,
};

/**
 * The bytes that {@linkcode WELL_FORMED_UTF8} does not tell from each other.
 *
 * @param byte A byte.
 * @returns A name: the same for two bytes if every state treats them alike.
 */
export function utf8ClassOf(byte: number): string {
  return UTF8_STATES.map((_, state) => WELL_FORMED_UTF8.next(state, byte)).join();
}

/** An automaton as a table. */
export interface AutomatonTable {
  /** How many states there are. */
  readonly numStates: number;
  /** The state after symbol `k` of the alphabet in state `s`: `next[s * alphabet.length + k]`. */
  readonly next: Int32Array;
  /** For each state, whether a text may end there. */
  readonly accepts: readonly boolean[];
}

/**
 * The automaton that accepts what all of some automata accept: the states
 * they can be in at once, as far as there is a text that leads there.
 *
 * @param automata The automata.
 * @param alphabet The symbols that there are.
 * @throws {RangeError} If it is too large.
 */
export function product(
  automata: readonly Automaton[],
  alphabet: readonly number[],
): AutomatonTable {
  const start = automata.map(() => 0);
  const states = [start]; // a list that grows while it is gone through
  const ids = new Map([[start.join(), 0]]);
  const next: number[] = [];
  for (const from of states) {
    for (const symbol of alphabet) {
      const to = automata.map((automaton, i) => automaton.next(from[i]!, symbol)); // as many
      const key = to.join();
      let id = to.includes(DEAD) ? DEAD : ids.get(key);
      if (id === undefined) {
        id = states.push(to) - 1;
        ids.set(key, id);
      }
      next.push(id);
    }
    if (next.length > MAX_TRANSITIONS) throw new RangeError(TOO_LARGE);
  }
  return {
    numStates: states.length,
    next: Int32Array.from(next),
    accepts: states.map((state) => automata.every((automaton, i) => automaton.accepts(state[i]!))),
  };
}

/** What is said of constraints that would take too much time and memory. */
export const TOO_LARGE: string =
  "Cannot generate: the constraints are too many or too long to be followed together: " +
  "shorten the texts, or leave out the lengths";
