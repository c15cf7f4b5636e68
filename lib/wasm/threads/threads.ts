/**
 * Several threads for an engine, which share its memory. A step takes two calls of the team, or two
 * per chunk and one more for the update if its batch has several chunks:
 *
 *     main thread    enter | rows 0 | loss | weights 0 |
 *     worker 1             | rows 1 |      | weights 1 |
 *     worker 2             | rows 2 |      | weights 2 |    the team meets at each bar
 *
 * This module, and those that it imports, are only loaded where threads are asked for.
 *
 * @module
 */

import type { AdamStep } from "../kernels/kernel.ts";
import {
  compileMachine,
  type Crew,
  type Machine,
  machineOf,
  pagesOf,
  type Part,
  type Threads,
  withMemory,
} from "../machine.ts";
import type { MemoryLayout } from "../memory/layout.ts";
import { PANEL } from "../memory/panel.ts";
import type { Bytes, Count } from "../memory/place.ts";
import { Choice } from "./choice.ts";
import { phases } from "./phases.ts";
import { documentShares, shareOf } from "./shares.ts";
import { Team, type TeamJob, type TeamOptions } from "./team.ts";
import { type Functions, hasThreads, TASK } from "./worker.ts";

/** The maximum number of threads of `auto`: with more, each has too little to do between meetings. */
const MAX_AUTO = 8;

/** Settings of threads, which tests change. */
export interface ThreadsOptions extends TeamOptions {
  /** The number of threads that the machine runs at once; by default the platform's number. */
  readonly cores?: Count;
}

/**
 * Returns the threads for an engine, or `undefined` where there can only be one.
 *
 * @param wanted Their number, from 1 to 64, or `auto`: those of the machine, where they pay.
 */
export function newThreads(
  wanted: Count | "auto",
  { cores = numCores(), ...options }: ThreadsOptions = {},
): StartableThreads | undefined {
  const count = wanted === "auto" ? Math.min(cores, MAX_AUTO) : wanted;
  if (count === 1 || !hasThreads()) return undefined;
  return new StartableThreads(count, wanted === "auto", cores, options);
}

/** Returns the number of threads that the machine runs at once. */
function numCores(): Count {
  const { process, navigator } = globalThis as {
    readonly navigator?: { readonly hardwareConcurrency?: number };
    readonly process?: {
      getBuiltinModule?(name: string): { availableParallelism(): number } | undefined;
    };
  };
  return navigator?.hardwareConcurrency ??
    process?.getBuiltinModule?.("node:os")?.availableParallelism() ?? 1;
}

/** The threads of an engine that is being made. */
export class StartableThreads implements Threads {
  /** The maximum number of threads that take a step together. */
  readonly count: Count;
  readonly #isAuto: boolean;
  readonly #cores: Count;
  readonly #options: TeamOptions;
  #crew: ThreadCrew | undefined;

  constructor(count: Count, isAuto: boolean, cores: Count, options: TeamOptions) {
    this.count = count;
    this.#isAuto = isAuto;
    this.#cores = cores;
    this.#options = options;
  }

  /**
   * Creates the machine. The workers start at once, or with `auto` when they are first tried.
   *
   * @throws {RangeError} If the computer does not have so much memory to give.
   * @throws {NoWasmError} If the platform has no vector instructions, or does not compile here.
   */
  machine(layout: MemoryLayout): Machine {
    const { count } = this, pages = pagesOf(layout);
    const threading = { programs: phases(layout, count), isShared: true };
    const module = compileMachine(layout, threading);
    const limits = { initial: pages, maximum: pages, shared: true };
    const memory = withMemory(layout, () => new WebAssembly.Memory(limits));
    const { exports } = new WebAssembly.Instance(module, { "": { memory } });
    const { tablesLength } = layout.parameters;
    const job: TeamJob = { module, memory, threads: count, tablesLength };
    const newTeam = () => new Team(job, exports as Functions, this.#cores, this.#options);
    this.#crew = new ThreadCrew(newTeam, count, this.#isAuto);
    return { ...machineOf(layout, memory, exports), crew: this.#crew };
  }

  /** Resolves when the workers have started, or have failed to, or are not needed yet. */
  async started(): Promise<void> {
    await this.#crew?.started();
  }
}

/** A crew whose team takes all steps of an engine, or those that it is faster at. */
class ThreadCrew implements Crew {
  readonly #newTeam: () => Team;
  readonly #threads: Count;
  readonly #choice: Choice | undefined;
  #team: Team | undefined;
  /** True if the workers have ended for good. */
  #hasEnded = false;
  /** The error of a thread. It may be at work still, so no more steps are taken. */
  #failure: unknown;
  #rows = 0;
  #start = 0;
  #isTogether = false;

  constructor(newTeam: () => Team, threads: Count, isAuto: boolean) {
    this.#newTeam = newTeam;
    this.#threads = threads;
    this.#choice = isAuto ? new Choice() : undefined;
    if (!isAuto) this.#startTeam();
  }

  async started(): Promise<void> {
    await this.#team?.started;
  }

  begin(rows: Count): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    this.#rows = rows;
    this.#start = performance.now();
    this.#isTogether = !this.#hasEnded && this.#choice?.way !== "alone" && this.#holdTeam();
    return this.#isTogether;
  }

  shares(lengths: readonly Count[]): Count[] {
    return documentShares(lengths, this.#threads);
  }

  rows(parts: readonly Part[]): void {
    for (let thread = 0; thread < this.#threads; thread++) {
      const { from, n } = parts[thread] ?? { from: 0, n: 0 };
      this.#team?.setPart(thread, from, n);
    }
    this.#run(TASK.rows);
  }

  backward(n: Count, step: AdamStep): void {
    this.#team?.setStep(n, step);
    this.#run(TASK.weights);
  }

  update(length: Bytes, step: AdamStep): void {
    for (let thread = 0; thread < this.#threads; thread++) {
      const [from, to] = shareOf(length / PANEL, thread, this.#threads);
      this.#team?.setPart(thread, from, (to - from) * PANEL);
    }
    this.#team?.setStep(0, step);
    this.#run(TASK.range);
  }

  end(): void {
    this.#team?.release();
    const way = this.#isTogether ? "together" : "alone";
    this.#choice?.took(way, this.#rows, performance.now() - this.#start);
  }

  /** Ends the workers; the engine goes on without them. */
  [Symbol.dispose](): void {
    this.#hasEnded = true;
    this.#team?.[Symbol.dispose]();
    this.#team = undefined;
  }

  #startTeam(): Team {
    const team = this.#team = this.#newTeam();
    team.started.then((hasStarted) => {
      if (!hasStarted && team === this.#team) this[Symbol.dispose]();
    });
    return team;
  }

  /** Keeps the workers, or starts them again; returns whether they are there already. */
  #holdTeam(): boolean {
    if (!this.#team?.hold()) this.#startTeam().hold();
    return this.#team?.isReady ?? false;
  }

  #run(task: (typeof TASK)[keyof typeof TASK]): void {
    try {
      this.#team?.run(task);
    } catch (error) {
      this.#failure = error;
      this[Symbol.dispose]();
      throw error;
    }
  }
}
