/**
 * Measures a model: its losses on documents it has not seen, those of n-gram models on the same
 * documents, and the probability of a text; and splits off such documents.
 *
 * @module
 */

export { type Baseline, baselines, evaluate, type Evaluation } from "./evaluate.ts";
export { explain, type Explanation, likeliest } from "./explain.ts";
export { type Score, score } from "./score.ts";
export { type Split, splitDocs } from "./split.ts";
export type { Normalization, TextForm } from "../text/text_form.ts";
