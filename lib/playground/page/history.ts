/**
 * The history of a run as the page knows it: each step's loss and gradient norm, the validations,
 * and the babble that is kept.
 *
 * @module
 */

import { optionsOf } from "../shared/options.ts";
import type {
  Babble,
  Progress,
  References,
  RunStart,
  RunState,
  Snapshot,
  ValidationReport,
} from "../shared/protocol.ts";
import type { Settings } from "../shared/settings.ts";
import type { List } from "./lists.ts";
import { Series } from "./series.ts";

/** A run: what decides all that it gives. */
export interface Plan {
  readonly list: List;
  readonly settings: Settings;
  /** Tells copies of a run apart: 0 is no copy. */
  readonly copy: number;
}

/**
 * The name of a run for the page itself. The same list and settings give the same losses, and so
 * they are the same run.
 */
export function idOf({ list, settings, copy }: Plan): string {
  const options = [...optionsOf(settings)].map(([name, text]) => `${name}=${text}`);
  return [list.sha256, ...options, copy].join(" ");
}

/** The history of a run. */
export class History implements Plan {
  readonly id: string;
  readonly list: List;
  readonly settings: Settings;
  readonly copy: number;
  /** The run before its first step. */
  readonly start: RunStart;
  /** The settings that suit its list. */
  readonly suggested: Settings;
  /** The losses that the page has seen: of a model from a file, those since then. */
  losses: Series;
  /** The gradient norms of the same steps; NaN where it was not computed. */
  gradNorms: Series;
  readonly validations: ValidationReport[] = [];
  /** The babble that is kept, by step. */
  readonly babble: Babble[];
  /** The lengths that it was trained to, one after the other. */
  readonly lengths: number[];
  /** The yardsticks for its losses; `undefined` until it is measured. */
  references: References | undefined;
  /** The babble of this moment. */
  live: Babble | undefined;
  state: RunState = "fresh";
  /** Steps per second; 0 before the first ones. */
  speed = 0;
  /** The step at which it was last kept. */
  snapshot: Snapshot | undefined;
  /** The reason why training has diverged. */
  problem: string | undefined;

  /**
   * @param plan The list and the settings.
   * @param start What the worker says of the run.
   * @param suggested The settings that suit the list.
   * @param snapshot Where the run is, if others have begun it.
   */
  constructor(plan: Plan, start: RunStart, suggested: Settings, snapshot?: Snapshot) {
    const { list, settings, copy } = plan;
    const steps = snapshot?.state.steps ?? 0;
    this.id = idOf(plan);
    this.list = list;
    this.settings = settings;
    this.copy = copy;
    this.start = start;
    this.suggested = suggested;
    this.snapshot = snapshot;
    this.losses = new Series(steps);
    this.gradNorms = new Series(steps);
    this.babble = list.isPartial ? [] : [start.babble];
    this.lengths = [Math.max(settings.numSteps, steps)];
    if (snapshot?.best !== undefined) this.validations.push(snapshot.best);
    if (steps > 0) this.state = steps < this.numSteps ? "paused" : "ended";
  }

  /** The number of steps that have been taken. */
  get step(): number {
    return this.losses.stepsBefore + this.losses.length;
  }

  /** The number of all steps. */
  get numSteps(): number {
    return this.lengths.at(-1) ?? this.settings.numSteps;
  }

  /** The gradient norm that was computed last, up to a step. */
  gradNormAt(step: number): number | undefined {
    for (let at = step; at > this.gradNorms.stepsBefore; at--) {
      const norm = this.gradNorms.at(at);
      if (norm !== undefined && !Number.isNaN(norm)) return norm;
    }
    return undefined;
  }

  /** Makes the run longer. */
  setLength(numSteps: number): void {
    if (numSteps !== this.numSteps) this.lengths.push(numSteps);
  }

  /** Adds what has happened. */
  add(progress: Progress): void {
    this.losses.add(progress.losses);
    this.gradNorms.add(progress.gradNorms);
    this.validations.push(...progress.validations);
    this.babble.push(...progress.babble);
    this.live = progress.live ?? this.live;
    this.state = progress.state;
    this.speed = progress.speed;
    this.problem = progress.problem;
  }
}
