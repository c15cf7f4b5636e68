/**
 * UTF-8 as an automaton over bytes, and automata over characters that read bytes.
 *
 * @module
 */

import { type Automaton, DEAD } from "./automaton.ts";

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

/** For each of those states, how many bytes the character lacks. */
const MISSING: readonly number[] = [0, 1, 2, 3, 2, 2, 3, 3];

/** The bits of the code point that a first byte has, by how many bytes follow. */
const FIRST_BITS: readonly number[] = [0x7f, 0x1f, 0x0f, 0x07];

/** Accepts bytes that are well-formed UTF-8. */
export const WELL_FORMED_UTF8: Automaton = {
  next(state, byte) {
    const ranges = UTF8_STATES[state] ?? [];
    return ranges.find(([first, last]) => first <= byte && byte <= last)?.[2] ?? DEAD;
  },
  accepts: (state) => state === 0,
  classOf: (byte) =>
    UTF8_STATES.reduce((name, _, state) => 9 * name + WELL_FORMED_UTF8.next(state, byte) + 1, 0),
};

/** A place in a text of bytes, for {@linkcode overBytes}. */
interface Place {
  /** The state of the automaton over characters. */
  readonly state: number;
  /** The state of {@linkcode WELL_FORMED_UTF8}. */
  readonly utf8: number;
  /**
   * Between the bytes of a character, the bits of its code point so far; `undefined` if `state`
   * is the one after the character already, whatever its last bytes are.
   */
  readonly bits: number | undefined;
}

/**
 * Lets an automaton over characters read their bytes.
 *
 * As soon as all characters that begin with the bytes so far lead to the same state, it is in that
 * state: so it has few states for each state of the automaton, not one per beginning.
 *
 * @param automaton An automaton over Unicode code points.
 * @returns The automaton that accepts the UTF-8 of what that one accepts.
 */
export function overBytes(automaton: Automaton): Automaton {
  const places: Place[] = [];
  const ids = new Map<string, number>();
  const idOf = (place: Place): number => {
    const key = `${place.state},${place.utf8},${place.bits}`;
    const id = ids.get(key) ?? places.push(place) - 1;
    ids.set(key, id);
    return id;
  };
  idOf({ state: 0, utf8: 0, bits: 0 });
  const areAlike = blocksOf(automaton);
  return {
    next(id, byte) {
      const { state, utf8: before, bits } = places[id]!; // an id that was given out
      const utf8 = WELL_FORMED_UTF8.next(before, byte);
      if (utf8 === DEAD) return DEAD;
      if (bits === undefined) return idOf({ state, utf8, bits: utf8 === 0 ? 0 : undefined });
      const missing = MISSING[utf8]!; // a state, as before
      const code = before === 0 ? byte & FIRST_BITS[missing]! : bits << 6 | byte & 0x3f;
      const first = code << 6 * missing;
      if (!areAlike(first, missing)) return idOf({ state, utf8, bits: code });
      const next = automaton.next(state, first);
      return next === DEAD ? DEAD : idOf({ state: next, utf8, bits: utf8 === 0 ? 0 : undefined });
    },
    accepts(id) {
      const { state, utf8 } = places[id]!; // likewise
      return utf8 === 0 && automaton.accepts(state);
    },
    classOf: (byte) => byte < 0x80 ? 0x100 + automaton.classOf(byte) : byte,
  };
}

/** Tells whether an automaton treats all characters alike whose UTF-8 lacks only its last bytes. */
function blocksOf(automaton: Automaton): (first: number, missing: number) => boolean {
  const known = new Map<number, boolean>();
  return (first, missing) => {
    if (missing === 0) return true;
    if (missing === 3) return false; // 262,144 characters: sooner or later 4,096 will do
    const key = 4 * first + missing;
    let isAlike = known.get(key);
    if (isAlike === undefined) {
      const name = automaton.classOf(first);
      isAlike = true;
      for (let i = 1; i < 64 ** missing && isAlike; i++) {
        isAlike = automaton.classOf(first + i) === name;
      }
      known.set(key, isAlike);
    }
    return isAlike;
  };
}
