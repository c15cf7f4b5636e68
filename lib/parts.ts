/**
 * The parts of the library, without the front door: what the tool has loaded anyway.
 *
 * @module
 */

export {
  DEFAULT_SIZES,
  type GptConfig,
  initWeights,
  layout,
  type MatrixLayout,
  numParams,
} from "./config.ts";
export {
  createEngine,
  type EngineName,
  type EngineOptions,
  NoWasmError,
  type NumThreads,
} from "./create_engine.ts";
export { Docs } from "./docs.ts";
export type {
  Dtype,
  Engine,
  EngineState,
  LossMean,
  Sequence,
  StepDetails,
  StepOptions,
  Stop,
  Tokens,
  Trace,
} from "./engine.ts";
export type { Evaluation, Explanation, Score } from "./evaluate/mod.ts";
export type {
  GeneratedText,
  GenerateOptions,
  GenerateSummary,
  TextConstraints,
} from "./generate/mod.ts";
export * from "./model.ts";
export * from "./optim.ts";
export { Random, type RandomState } from "./random.ts";
export { DEFAULT_TEMPERATURE, probabilities, sample, sampleToken } from "./sample.ts";
export { Tokenizer, type TokenizerKind } from "./tokenizer.ts";
export type { Normalization, TextForm } from "./text/text_form.ts";
export {
  DivergenceError,
  type Schedule,
  type StepReport,
  train,
  type TrainOptions,
} from "./trainer.ts";
export * from "./value.ts";
