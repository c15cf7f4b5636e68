/** Automata, as tests ask them. */

import { type Automaton, DEAD } from "../../lib/generate/automaton.ts";

/** Tells if an automaton accepts some symbols. */
export function accepts(automaton: Automaton, symbols: Iterable<number>): boolean {
  let state = 0;
  for (const symbol of symbols) {
    if (state === DEAD) return false;
    state = automaton.next(state, symbol);
  }
  return state !== DEAD && automaton.accepts(state);
}
