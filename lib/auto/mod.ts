/**
 * Settings that suit a list, as `--auto` of the command line chooses them: from facts about the
 * list alone, or for a limited time on this machine.
 *
 * @module
 */

export { type AutoFacts, autoFacts } from "./facts.ts";
export { type AutoSettings, autoSettings, rateFor, usefulWidths } from "./settings.ts";
export { type RunTime, settingsWithin } from "./budget.ts";
