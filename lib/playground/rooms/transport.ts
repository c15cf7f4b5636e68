/**
 * The buttons that train, in the room Train, and what to do where they cannot.
 *
 * @module
 */

/// <reference lib="dom" />

import { find, isEnabled, make, setEnabled } from "../page/dom.ts";
import { IS_PHONE } from "../page/media.ts";
import type { Playground } from "../page/playground.ts";
import { scrollTo } from "../page/scroll.ts";
import type { Pace } from "../shared/protocol.ts";

/**
 * Brings the buttons to life.
 *
 * @param room The section of the room.
 * @param playground The list, the settings and the run.
 */
export function mountTransport(room: HTMLElement, playground: Playground): void {
  mountTrainButton(room, playground);
  const step = find(room, "#step-button", HTMLButtonElement);
  const tenSteps = find(room, "#ten-steps-button", HTMLButtonElement);
  const startAnew = find(room, "#start-anew-button", HTMLButtonElement);
  const takeSteps = (count: number) => {
    if (isEnabled(step)) playground.takeSteps(count);
    else playground.said.emit(whyNot(playground));
  };
  step.addEventListener("click", () => takeSteps(1));
  tenSteps.addEventListener("click", () => takeSteps(10));
  startAnew.addEventListener("click", () => {
    if (isEnabled(startAnew)) playground.startAnew();
    else playground.said.emit(playground.obstacle ? whyNot(playground) : "This run has not begun.");
  });
  const show = () => {
    const { run, obstacle } = playground;
    const canStep = canTrain(playground) && run?.state !== "training";
    for (const button of [step, tenSteps]) setEnabled(button, canStep);
    setEnabled(startAnew, run !== undefined && run.step > 0 && obstacle === undefined);
  };
  playground.listChanged.on(show);
  playground.runChanged.on(show);
  playground.progressed.on(show);
  show();
  mountPace(room, playground);
  mountObstacle(room, playground);
  mountFold(room);
}

/** Train and Pause in one place, so that a double press hits the same spot. */
function mountTrainButton(room: HTMLElement, playground: Playground): void {
  const button = find(room, "#train-button", HTMLButtonElement);
  const press = () => {
    if (playground.run?.state === "training") playground.pause();
    else if (isEnabled(button)) {
      playground.train();
      show();
      if (IS_PHONE.matches) scrollTo(room, "start");
    } else playground.said.emit(whyNot(playground));
  };
  const show = () => {
    button.textContent = playground.run?.state === "training" ? "Pause" : "Train";
    setEnabled(button, canTrain(playground));
  };
  button.addEventListener("click", press);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    press();
  });
  playground.listChanged.on(show);
  playground.runChanged.on(show);
  playground.progressed.on(show);
  show();
}

function canTrain({ run, problem, obstacle }: Playground): boolean {
  return run !== undefined && run.state !== "diverged" && problem === undefined &&
    obstacle === undefined;
}

function whyNot(playground: Playground): string {
  const { run, problem, obstacle } = playground;
  if (problem !== undefined) return problem;
  if (obstacle !== undefined) return obstacleOf(playground);
  if (run?.state === "training") return "Pause first.";
  if (run?.state === "diverged") return "Lower the learning rate and start anew.";
  return "One moment, please.";
}

function mountPace(room: HTMLElement, playground: Playground): void {
  const pace = find(room, "#pace", HTMLSelectElement);
  pace.addEventListener("change", () => playground.setPace(pace.value as Pace)); // its options are
  playground.runChanged.on(() => pace.value = playground.pace);
}

/** Says why a run can be seen but not trained, with a button where that helps. */
function mountObstacle(room: HTMLElement, playground: Playground): void {
  const says = find(room, "#obstacle", HTMLElement);
  playground.runChanged.on(() => {
    const { obstacle } = playground;
    says.hidden = obstacle === undefined;
    const copy = make("button", { class: "plain", type: "button" }, "Make a copy");
    copy.addEventListener("click", () => playground.copyRun());
    const button = obstacle === "other tab" ? [" ", copy] : [];
    says.replaceChildren(obstacleOf(playground), ...button);
  });
}

function obstacleOf({ obstacle, run }: Playground): string {
  if (obstacle === "other tab") return "This model is open in another tab. Here it is read-only.";
  if (obstacle === undefined) return "";
  return `This model has learned ${run?.list.title}, which is not here. It can write; ` +
    "to train it further, drop that list, too.";
}

/** On a phone moves what is not needed at once into a fold. */
function mountFold(room: HTMLElement): void {
  const fold = find(room, "#train-fold > div", HTMLElement);
  const transport = find(room, ".transport", HTMLElement);
  const startAnew = find(room, "#start-anew-button", HTMLElement);
  const tenSteps = find(room, "#ten-steps-button", HTMLElement);
  const pace = find(room, "#pace-field", HTMLElement);
  const move = () => {
    if (IS_PHONE.matches) fold.prepend(pace, tenSteps);
    else {
      startAnew.before(tenSteps);
      transport.append(pace);
    }
  };
  IS_PHONE.addEventListener("change", move);
  move();
}
