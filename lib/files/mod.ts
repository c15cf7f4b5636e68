/**
 * Files, with Deno: lists of texts, and models that are replaced as a whole or not at all.
 *
 * @module
 */

export { loadCheckpoint, saveCheckpoint } from "./checkpoint_file.ts";
export { loadNames, readDataset } from "./dataset.ts";
