/**
 * Trains a run in small slices, so that calls are answered in between and the page hears of all
 * steps once per frame. The pace decides when steps are taken, never what they give.
 *
 * @module
 */

import { DivergenceError } from "../../trainer.ts";
import { babbleSteps } from "../shared/babble.ts";
import type { Babble, Pace, Progress, RunState, ValidationReport } from "../shared/protocol.ts";
import type { Run } from "./run.ts";

/** The steps per second that a person can follow. */
export const WATCH_SPEED = 400;

/** A frame of the page, in milliseconds: a slice of training lasts that long. */
const FRAME = 16;

/** The interval at which the page hears of the present babble, in milliseconds. */
const LIVE_INTERVAL = 250;

/** At full speed the gradient norm, which costs a fifth of a step, is computed every so many steps. */
const NORM_EVERY = 8;

/** The time over which the speed is measured, in milliseconds. */
const SPEED_INTERVAL = 500;

/** Hands progress to the page. */
export type Report = (progress: Progress) => void;

/** The news since the last report. */
interface News {
  readonly losses: number[];
  readonly gradNorms: number[];
  readonly validations: ValidationReport[];
  readonly babble: Babble[];
}

/** Trains a run. */
export class Loop {
  readonly #run: Run;
  readonly #report: Report;
  #state: RunState = "fresh";
  #pace: Pace = "full";
  /** The step to stop after. */
  #until = 0;
  /** Increases with each start and stop, which ends the slices of the one before. */
  #turn = 0;
  #kept = new Set<number>();
  #news: News = noNews();
  #problem: string | undefined;
  #interval: number;
  #lastSent = 0;
  #lastLive = 0;
  #speed = 0;
  /** The time and the step at which the measurement of the speed, and of the pace, began. */
  #mark = { time: 0, step: 0 };
  #paceMark = { time: 0, step: 0 };

  /**
   * @param run The run.
   * @param report Called at most once per frame while it trains, and when it stops.
   * @param interval How many milliseconds to wait between two reports at least.
   */
  constructor(run: Run, report: Report, interval: number) {
    this.#run = run;
    this.#report = report;
    this.#interval = interval;
  }

  /** Changes how many milliseconds to wait between two reports at least. */
  setReportInterval(milliseconds: number): void {
    this.#interval = milliseconds;
  }

  /**
   * Starts to train, or goes on.
   *
   * @param until The step to stop after.
   * @param numSteps The length of the run.
   * @param pace How fast.
   */
  start(until: number, numSteps: number, pace: Pace): void {
    if (this.#state === "diverged") return;
    this.#run.setLength(numSteps);
    this.#kept = new Set(babbleSteps(numSteps));
    this.#until = Math.min(until, numSteps);
    this.#state = "training";
    this.#speed = 0;
    this.#mark = this.#now();
    this.setPace(pace);
    this.#slice(++this.#turn);
  }

  /** Stops; nothing more is reported until it is started again. */
  stop(): void {
    this.#turn++;
    if (this.#state !== "training") return;
    this.#state = this.#run.step === this.#run.numSteps ? "ended" : "paused";
    this.#send();
  }

  /** Reports what has not been reported yet. */
  flush(): void {
    if (this.#news.losses.length > 0) this.#send();
  }

  /** Changes the pace. */
  setPace(pace: Pace): void {
    this.#pace = pace;
    this.#paceMark = this.#now();
  }

  #now(): { time: number; step: number } {
    return { time: performance.now(), step: this.#run.step };
  }

  /** Trains for one frame, reports, and comes back in the next one. */
  #slice(turn: number): void {
    if (turn !== this.#turn) return;
    const end = Math.min(this.#until, this.#dueStep());
    const stopAt = performance.now() + FRAME;
    while (this.#run.step < end && performance.now() < stopAt) {
      if (!this.#takeStep()) return this.#send();
    }
    if (this.#run.step >= this.#until) return this.stop();
    if (performance.now() - this.#lastSent >= this.#interval) this.#send();
    if (this.#pace === "watch") setTimeout(() => this.#slice(turn), FRAME);
    else afterMessages(() => this.#slice(turn));
  }

  /** The step that the pace allows by now. */
  #dueStep(): number {
    if (this.#pace === "full") return Infinity;
    const { time, step } = this.#paceMark;
    const due = step + Math.ceil((performance.now() - time) * WATCH_SPEED / 1000);
    // A model that cannot keep the pace does not race to catch up afterwards.
    if (due - this.#run.step > WATCH_SPEED / 10) this.#paceMark = this.#now();
    return due;
  }

  /** Takes a step; tells whether there was one to take and it went well. */
  #takeStep(): boolean {
    const step = this.#run.step + 1;
    const wantsNorm = this.#pace === "watch" || step % NORM_EVERY === 0 || step === this.#until;
    let result;
    try {
      result = this.#run.takeStep(wantsNorm);
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      this.#state = "diverged";
      this.#problem = `Training diverged at step ${error.step}. ` +
        `The model is as after step ${error.step - 1}. Lower the learning rate and start anew.`;
      return false;
    }
    if (result === undefined) return false;
    const { losses, gradNorms, validations, babble } = this.#news;
    losses.push(result.loss);
    gradNorms.push(result.gradNorm);
    if (result.validation !== undefined) validations.push(result.validation);
    if (this.#kept.has(step)) babble.push(this.#run.babble());
    return true;
  }

  #send(): void {
    this.#lastSent = performance.now();
    const { losses, gradNorms, validations, babble } = this.#news;
    const { step, numSteps } = this.#run;
    this.#news = noNews();
    this.#measureSpeed();
    const live = this.#liveBabble();
    this.#report({
      state: this.#state,
      step,
      numSteps,
      losses: Float64Array.from(losses),
      gradNorms: Float64Array.from(gradNorms),
      validations,
      babble,
      speed: this.#speed,
      ...live && { live },
      ...this.#problem !== undefined && { problem: this.#problem },
    });
  }

  #measureSpeed(): void {
    const now = this.#now();
    const time = now.time - this.#mark.time;
    const isFirst = this.#speed === 0 && time > SPEED_INTERVAL / 5;
    if (time < SPEED_INTERVAL && !isFirst) return;
    this.#speed = (now.step - this.#mark.step) / time * 1000;
    this.#mark = now;
  }

  #liveBabble(): Babble | undefined {
    const now = performance.now();
    if (this.#state === "training" && now - this.#lastLive < LIVE_INTERVAL) return undefined;
    this.#lastLive = now;
    return this.#run.babble();
  }
}

function noNews(): News {
  return { losses: [], gradNorms: [], validations: [], babble: [] };
}

/** Calls a function once the messages that wait have been handled: a timer would wait 4 ms more. */
function afterMessages(then: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    then();
  };
  port2.postMessage(undefined);
}
