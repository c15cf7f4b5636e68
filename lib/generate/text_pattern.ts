/**
 * Regular expressions that texts must match, and that cannot hang the search.
 *
 * The platform's engine tries one way after the other, which can be exponentially many: `^(a+)+b`
 * on a text of 30 a's takes minutes. So a pattern is read by an automaton where that is possible.
 * Back references, look-around and flags in a group need the platform; of those, patterns are
 * refused for which it could take too long on a text as long as the block.
 *
 * @module
 */

import { shorten } from "../text/quote.ts";
import { parseRegex, type RegexNode } from "./regex_syntax.ts";
import { RegexAutomaton } from "./regex_automaton.ts";

/** The maximum number of steps that the platform may need for one text. */
const MAX_STEPS = 1e6;

/**
 * Makes the automaton of a regular expression.
 *
 * @param pattern The regular expression.
 * @param maxLength The maximum length of a text, in characters.
 * @returns The automaton, over code points or, without the flag `u`, over UTF-16 code units;
 * `undefined` if the pattern needs the platform's engine.
 * @throws {RangeError} If the automaton is too large.
 */
export function patternAutomaton(pattern: RegExp, maxLength: number): RegexAutomaton | undefined {
  const node = parseRegex(pattern);
  if (node === undefined || !isRegular(node)) return undefined;
  return new RegexAutomaton(pattern, node, pattern.unicode ? maxLength : 2 * maxLength);
}

/**
 * Makes a function that tells whether a text matches a regular expression. It does not take long,
 * unless the pattern has syntax that `parseRegex` does not know.
 *
 * @param pattern The regular expression. Its `lastIndex` is neither used nor changed.
 * @param maxLength The maximum length of a text, in characters.
 * @throws {RangeError} If the platform's engine is needed, and could take too long.
 */
export function textMatcher(pattern: RegExp, maxLength: number): (text: string) => boolean {
  const automaton = patternAutomaton(pattern, maxLength);
  if (automaton !== undefined) return (text) => automaton.matches(text);
  const node = parseRegex(pattern);
  if (node !== undefined && !(maxSteps(pattern, node, maxLength) <= MAX_STEPS)) {
    throw new RangeError(
      `Cannot generate: matching the pattern ${shorten(String(pattern))} could take too long: ` +
        `with back references, look-around or flags in a group, use fewer repetitions, ` +
        `and none inside of another`,
    );
  }
  const copy = new RegExp(pattern);
  return (text) => {
    copy.lastIndex = 0; // with g or y, test() would begin there
    return copy.test(text);
  };
}

function isRegular(node: RegexNode): boolean {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.nodes.every(isRegular);
    case "repeat":
      return isRegular(node.node);
    default:
      return node.kind === "atom" || node.kind === "assertion";
  }
}

/** An upper bound of what an engine does that tries one way after the other. */
interface Effort {
  /** In how many ways a part can match from one place on. */
  readonly ways: number;
  /** The number of steps that it takes to try all of them. */
  readonly steps: number;
  /** The minimum number of characters that it matches. */
  readonly length: number;
}

/** Bounds the steps for a text, over all places where a match could begin. */
function maxSteps(pattern: RegExp, node: RegexNode, maxLength: number): number {
  const first = node.kind === "sequence" ? node.nodes[0] : undefined;
  const isAnchored = first?.kind === "assertion" && first.name === "^" && !pattern.multiline;
  return (isAnchored || pattern.sticky ? 1 : maxLength + 1) * effortOf(node, maxLength).steps;
}

function effortOf(node: RegexNode, maxLength: number): Effort {
  switch (node.kind) {
    case "atom":
      return { ways: 1, steps: 1, length: 1 };
    case "assertion":
      return { ways: 1, steps: 1, length: 0 };
    case "reference": // a comparison, which is quick
      return { ways: 1, steps: 1, length: 0 };
    case "flags":
      return effortOf(node.node, maxLength);
    case "look": // it is entered once: of several ways the first one counts
      return { ways: 1, steps: effortOf(node.node, maxLength).steps, length: 0 };
    case "choice":
      return node.nodes.map((each) => effortOf(each, maxLength)).reduce((a, b) => ({
        ways: a.ways + b.ways,
        steps: a.steps + b.steps,
        length: Math.min(a.length, b.length),
      }));
    case "sequence":
      return node.nodes.map((each) => effortOf(each, maxLength)).reduce(followedBy, NOTHING);
    case "repeat": {
      const each = effortOf(node.node, maxLength);
      const most = Math.max(node.min, Math.floor(maxLength / Math.max(1, each.length)));
      return repeated(each, node.min, Math.min(node.max, most));
    }
  }
}

const NOTHING: Effort = { ways: 1, steps: 1, length: 0 };

/** Bounds a sequence, whose second part is tried after each way of the first. */
function followedBy(a: Effort, b: Effort): Effort {
  return { ways: a.ways * b.ways, steps: a.steps + a.ways * b.steps, length: a.length + b.length };
}

function repeated(each: Effort, min: number, max: number): Effort {
  let all = NOTHING, ways = 0;
  for (let i = 0; all.steps <= MAX_STEPS; i++) {
    if (i >= min) ways += all.ways;
    if (i === max) break;
    all = followedBy(all, each);
  }
  return { ways, steps: all.steps, length: min * each.length };
}
