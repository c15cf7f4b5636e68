/**
 * The numbers of the room Train as text: the last step, the title of the page, announcements.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find } from "../page/dom.ts";
import { MORE_STEPS, type Playground } from "../page/playground.ts";
import { tenths } from "./axes.ts";

/** The interval at which the title of the page changes, in milliseconds. */
const TITLE_INTERVAL = 1000;

/** The steps per second of the pace "to watch". */
const WATCH_SPEED = 400;

const NUMBERS = [
  "no",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
];

/**
 * Brings the numbers to life.
 *
 * @param room The section of the room.
 * @param playground The list, the settings and the run.
 */
export function mountNumbers(room: HTMLElement, playground: Playground): void {
  const facts = find(room, "#run-facts", HTMLElement);
  const losses = find(room, "#losses", HTMLElement);
  const hint = find(room, "#run-hint", HTMLElement);
  const numbers = find(room, "#run-numbers", HTMLElement);
  const validation = find(room, "#validation", HTMLElement);
  const gradNorm = find(room, "#grad-norm", HTMLElement);
  const speed = find(room, "#speed", HTMLElement);
  const show = () => {
    const { run } = playground;
    if (run === undefined) return;
    const { step, numSteps, start } = run;
    facts.textContent = factsOf(playground);
    const loss = run.losses.at(step);
    losses.textContent = `step ${step} / ${numSteps}` +
      (loss === undefined ? "" : ` | loss ${loss.toFixed(4)}`);
    hint.textContent = hintOf(playground);
    hint.classList.toggle("bad", run.state === "diverged");
    hint.classList.toggle("over", run.state === "ended");
    numbers.hidden = step === 0;
    validation.textContent = run.validations.at(-1)?.loss.toFixed(4) ??
      (start.numValDocs === 0 ? "none" : "not yet");
    gradNorm.textContent = run.gradNormAt(step)?.toFixed(3) ?? "not yet";
    if (speed.parentElement) speed.parentElement.hidden = run.speed === 0;
    speed.textContent = counted(Math.round(run.speed));
  };
  playground.runChanged.on(show);
  playground.progressed.on(show);
  mountTitle(playground);
  mountAnnouncements(playground);
}

function factsOf({ run }: Playground): string {
  if (run === undefined) return "";
  const { numParams, numDocs, numValDocs } = run.start;
  const parameters = `${counted(numParams)} parameters`;
  if (run.list.isPartial) return parameters;
  const heldOut = numValDocs === 0 ? "none" : counted(numValDocs);
  return `${parameters}, ${counted(numDocs)} documents to learn from, ${heldOut} held out`;
}

/** The words beside the log while the run stands still. */
function hintOf({ run, pace }: Playground): string {
  if (run?.state === "ended") return `Train: ${counted(MORE_STEPS)} more.`;
  if (run?.state === "diverged") return run.problem ?? "";
  if (run?.state !== "fresh") return "";
  if (run.start.isSlow) {
    return "This browser lacks WebAssembly SIMD: training is slow, with the same losses.";
  }
  const seconds = Math.round(run.numSteps / WATCH_SPEED);
  const time = seconds <= 1 ? "a second" : `${NUMBERS[seconds] ?? counted(seconds)} seconds`;
  return (pace === "watch" ? `Takes about ${time}. ` : "") + "You can pause at any time.";
}

function mountTitle(playground: Playground): void {
  const name = document.title;
  let last = 0;
  playground.progressed.on(({ step, numSteps, state }) => {
    const now = performance.now();
    if (state === "training" && now - last < TITLE_INTERVAL) return;
    last = now;
    document.title = `${counted(step)} / ${counted(numSteps)} · ${name}`;
  });
  playground.runChanged.on(() => document.title = name);
}

/** Tells those who listen to the page what happens: at each tenth of a run and at its end. */
function mountAnnouncements(playground: Playground): void {
  const announcements = find(document, "#announcements", HTMLElement);
  let next = 0;
  const follow = () => {
    const { run } = playground;
    next = tenths(run?.numSteps ?? 0).find((step) => step > (run?.step ?? 0)) ?? Infinity;
  };
  playground.runChanged.on(follow);
  playground.progressed.on(({ state, problem }) => {
    const { run } = playground;
    if (run === undefined) return;
    if (problem !== undefined) announcements.textContent = problem;
    else if (state === "ended") announcements.textContent = `Done: ${resultOf(run)}.`;
    else if (run.step >= next) announcements.textContent = `Step ${resultOf(run)}.`;
    else return;
    follow();
  });
}

function resultOf(run: NonNullable<Playground["run"]>): string {
  const { step, state, validations, losses } = run;
  const validation = validations.at(-1);
  const steps = state === "ended"
    ? `${counted(step)} steps`
    : `${counted(step)} of ${counted(run.numSteps)}`;
  return validation === undefined
    ? `${steps}, loss ${losses.at(step)?.toFixed(4)}`
    : `${steps}, validation ${validation.loss.toFixed(4)}`;
}
