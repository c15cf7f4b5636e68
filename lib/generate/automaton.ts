/**
 * Finite automata that read a text symbol by symbol and know in each state
 * whether it may end there: one for each kind of constraint, and their product,
 * which accepts what satisfies all of them.
 *
 * What it does not do: know tokens, count characters (see `text_automaton`).
 *
 * @module
 */

/** The state that no symbol leads out of: whatever follows, the text is not accepted. */
export const DEAD: number = -1;

/** The maximum number of transitions of a product: 4 MB of them. */
const MAX_TRANSITIONS = 2 ** 20;

/** A deterministic automaton; it begins in state 0. */
export interface Automaton {
  /** Returns the state after a symbol, or {@linkcode DEAD}. */
  next(state: number, symbol: number): number;
  /** Tells whether a text may end in a state. */
  accepts(state: number): boolean;
  /** Names a class of symbols: two have the same name if every state treats them alike. */
  classOf(symbol: number): number;
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
    classOf: classesOf(pattern),
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
    classOf: classesOf(pattern),
  };
}

/**
 * Accepts what ends with a pattern. The state is how much of it the text ends with.
 *
 * @param pattern The symbols.
 */
export function endsWith(pattern: readonly number[]): Automaton {
  return {
    next: matcher(pattern),
    accepts: (state) => state === pattern.length,
    classOf: classesOf(pattern),
  };
}

/** Tells the symbols of a pattern from each other, and all others from them. */
function classesOf(pattern: readonly number[]): Automaton["classOf"] {
  const symbols = new Set(pattern);
  return (symbol) => symbols.has(symbol) ? symbol : -1;
}

/**
 * Matches a pattern: computes the length of its beginning that a text ends with, from that before
 * the last symbol. Knuth, Morris and Pratt, "Fast Pattern Matching in Strings" (1977).
 */
function matcher(pattern: readonly number[]): Automaton["next"] {
  /** The part of the pattern to compare instead, if the symbol after so much of it is another. */
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

/** An automaton as a table. */
export interface AutomatonTable {
  /** The number of states. */
  readonly numStates: number;
  /** The state after symbol `k` of the alphabet in state `s`: `next[s * alphabet.length + k]`. */
  readonly next: Int32Array;
  /** For each state, whether a text may end there. */
  readonly accepts: readonly boolean[];
}

/**
 * Makes the automaton that accepts what all of some automata accept: the states
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

/** The message about constraints that would take too much time and memory. */
export const TOO_LARGE: string = "Cannot generate: the constraints are too many or too long: " +
  "shorten the texts, or drop the lengths";
