/**
 * The end of a run of training: what it has done, where it is kept, and what to do next.
 *
 * @module
 */

import { asWord } from "../../text/quote.ts";

/** The end of a run, before its samples are written. */
export interface RunEnd {
  /** The number of steps that this program has taken. */
  readonly steps: number;
  /** The time that they took, in milliseconds. */
  readonly time: number;
  /** The file that the run was to be saved in. */
  readonly wanted: string | undefined;
  /** The file that it is saved in. */
  readonly saved: string | undefined;
}

/** Says in one line what a run has done, and what to do next. */
export async function summaryOf({ steps, time, wanted, saved }: RunEnd): Promise<string> {
  const numSteps = steps === 1 ? "1 step" : `${steps} steps`;
  const rate = 1000 * steps / time;
  const speed = Number.isFinite(rate) && steps > 1 ? `, ${perSecond(rate)} steps/s` : "";
  return `${numSteps} in ${duration(time)}${speed}: ${await fate(wanted, saved)}`;
}

/** Says where a run is kept. */
async function fate(wanted: string | undefined, saved: string | undefined): Promise<string> {
  if (saved !== undefined) {
    const { commandLine } = await import("../program.ts"); // loaded only where it is needed
    return `saved in ${asWord(saved)}: ${commandLine(["sample", saved])}`;
  }
  return wanted === undefined ? "--save FILE would keep the model" : "the model is not saved";
}

function perSecond(rate: number): string {
  return rate < 100 ? String(Number(rate.toPrecision(2))) : rate.toFixed(0);
}

/** Writes a time in the two units that matter. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  const s = Math.round(seconds), minutes = Math.floor(s / 60);
  if (minutes === 0) return `${s} s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min ${s % 60} s` : `${hours} h ${minutes % 60} min`;
}

/**
 * Checks that the run is kept where it was to be. To be called last: that is no reason to withhold
 * the samples.
 *
 * @throws {Error} If it is not.
 */
export function assertSaved({ wanted, saved }: RunEnd): void {
  if (saved === wanted || wanted === undefined) return;
  throw new Error(`The model is not in ${asWord(wanted)}: see the error above`);
}
