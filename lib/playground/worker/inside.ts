/**
 * Answers the calls of the room Look inside.
 *
 * @module
 */

import { toForm } from "../../text/text_form.ts";
import type { Handlers, InsideCalls, Look } from "../shared/protocol.ts";
import { Clouds } from "./clouds.ts";
import type { Run } from "./run.ts";
import type { Session } from "./session.ts";
import { WeightWatch } from "./weight_watch.ts";

/** So many tokens of a text are looked at: more cannot be told apart in a picture. */
const MAX_TOKENS = 24;

/** The lengths of a text that makes a good picture. */
const GOOD_LENGTHS = { min: 4, max: 8 };

/**
 * Makes the handlers.
 *
 * @param session The run that they work on; between two steps it stands still.
 */
export function insideHandlers(session: Session): Handlers<InsideCalls> {
  const clouds = new Clouds();
  let latest: WeightWatch | undefined;
  const watch = () => {
    if (latest?.run !== session.run) latest = new WeightWatch(session.run);
    return latest;
  };
  return {
    example: () => exampleOf(session.run),
    look: (text) => look(session.run, text),
    embeddings: () => clouds.embeddings(session.run),
    weight: (place) => watch().facts(place),
  };
}

function exampleOf({ docs }: Run): string {
  const { min, max } = GOOD_LENGTHS;
  for (const text of docs) {
    const { length } = [...text];
    if (length >= min && length <= max) return text;
  }
  return [...docs][0] ?? "";
}

function look({ engine, tokenizer, settings, step }: Run, text: string): Look {
  const { blockSize } = engine.config;
  const limit = Math.min(blockSize, MAX_TOKENS);
  const whole = tokenizer.encode(toForm(text, settings));
  const ids = [tokenizer.bos, ...whole.slice(0, limit)];
  if (whole.length < limit) ids.push(tokenizer.bos);
  const read = ids.slice(0, -1); // at least the first BOS
  const { logits, attention, stream } = engine.trace(read);
  return {
    step,
    ids,
    numRead: read.length,
    isCut: whole.length > limit,
    logits,
    attention,
    norms: stream.map((stage) => stage.map((vector) => Math.hypot(...vector))),
  };
}
