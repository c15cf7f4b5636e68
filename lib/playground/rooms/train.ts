/**
 * The room Train: start, pause, steps, and what can be seen of a run.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find, isEnabled, setEnabled } from "../page/dom.ts";
import { MORE_STEPS, type Playground } from "../page/playground.ts";
import type { Pace } from "../shared/protocol.ts";
import { mountBabble } from "./babble.ts";

/** How often the title of the page changes, in milliseconds. */
const TITLE_INTERVAL = 1000;

/** On a phone the transport is at the foot of the window, and the room may be out of sight. */
const isPhone = matchMedia("(max-width: 639px)");

/** Whether the visitor wants nothing to move. */
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Brings the room to life.
 *
 * @param room Its section.
 * @param playground The list, the settings and the run.
 */
export function mountTrain(room: HTMLElement, playground: Playground): void {
  mountTransport(room, playground);
  mountNumbers(room, playground);
  mountBabble(room, playground);
  mountTitle(playground);
}

function mountTransport(room: HTMLElement, playground: Playground): void {
  const train = find(room, "#train-button", HTMLButtonElement);
  const step = find(room, "#step-button", HTMLButtonElement);
  const tenSteps = find(room, "#ten-steps-button", HTMLButtonElement);
  const startAnew = find(room, "#start-anew-button", HTMLButtonElement);
  const pace = find(room, "#pace", HTMLSelectElement);
  const press = () => {
    if (playground.run?.state === "training") playground.pause();
    else if (isEnabled(train)) {
      playground.train();
      if (isPhone.matches) room.scrollIntoView({ behavior: isCalm.matches ? "instant" : "smooth" });
    } else playground.said.emit(whyNot(playground));
  };
  const takeSteps = (count: number) => {
    if (isEnabled(step)) playground.takeSteps(count);
    else playground.said.emit(whyNot(playground));
  };
  train.addEventListener("click", press);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    press();
  });
  step.addEventListener("click", () => takeSteps(1));
  tenSteps.addEventListener("click", () => takeSteps(10));
  startAnew.addEventListener("click", () => {
    if (isEnabled(startAnew)) playground.startAnew();
    else playground.said.emit("This run has not begun.");
  });
  pace.value = playground.pace;
  pace.addEventListener("change", () => playground.setPace(pace.value as Pace)); // its options are
  const show = () => {
    const state = playground.run?.state;
    const canTrain = playground.problem === undefined && state !== undefined &&
      state !== "diverged";
    train.textContent = state === "training" ? "Pause" : "Train";
    setEnabled(train, canTrain);
    for (const button of [step, tenSteps]) setEnabled(button, canTrain && state !== "training");
    setEnabled(startAnew, state !== undefined && state !== "fresh");
  };
  playground.listChanged.on(show);
  playground.runChanged.on(show);
  playground.progressed.on(show);
  show();
}

function whyNot({ run, problem }: Playground): string {
  if (run?.state === "training") return "Pause first.";
  if (run?.state === "diverged") return "Lower the learning rate and start anew.";
  return problem ?? "One moment, please.";
}

function mountNumbers(room: HTMLElement, playground: Playground): void {
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
    numbers.hidden = step === 0;
    validation.textContent = run.validations.at(-1)?.loss.toFixed(4) ??
      (start.numValDocs === 0 ? "none" : "not yet");
    gradNorm.textContent = run.gradNorms.at(step)?.toFixed(3) ?? "";
    speed.textContent = run.speed === 0 ? "" : counted(Math.round(run.speed));
  };
  playground.runChanged.on(show);
  playground.progressed.on(show);
}

function factsOf({ run }: Playground): string {
  if (run === undefined) return "";
  const { numParams, numDocs, numValDocs } = run.start;
  const heldOut = numValDocs === 0 ? "none" : counted(numValDocs);
  return `${counted(numParams)} parameters, ${counted(numDocs)} documents to learn from, ` +
    `${heldOut} held out`;
}

/** What to say beside the log while the run stands still. */
function hintOf({ run, pace }: Playground): string {
  if (run?.state === "ended") return `${counted(MORE_STEPS)} more`;
  if (run?.state !== "fresh") return "";
  if (run.start.isSlow) {
    return "This browser lacks WebAssembly SIMD: training is slow, with the same losses.";
  }
  return pace === "watch" && run.numSteps === 2000
    ? "Takes about five seconds. You can pause at any time."
    : "You can pause at any time.";
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
