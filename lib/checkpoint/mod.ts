/**
 * Models as bytes: the parameters in the format of safetensors, with all that training needs to
 * continue.
 * `Microgpt.toBytes()` and `Microgpt.fromBytes()` do the same for a whole model.
 *
 * @module
 */

export {
  type Best,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type SavedRun,
  usedWeights,
} from "./checkpoint.ts";
export type { PackedList } from "./training_list.ts";
