/**
 * Measures of a model: its losses on documents it has not seen, what n-gram models make of the
 * same documents, the probability of a text; and the split that keeps such documents apart.
 *
 * @module
 */

export { type Baseline, baselines, evaluate, type Evaluation } from "./evaluate.ts";
export { explain, type Explanation, likeliest } from "./explain.ts";
export { type Score, score } from "./score.ts";
export { type Split, splitDocs } from "./split.ts";
export type { Normalization, TextForm } from "../text/text_form.ts";
