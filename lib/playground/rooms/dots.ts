/**
 * A dot for each step, on a canvas: those of new steps are added, as they are too many to be drawn
 * again with each frame.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Series } from "../page/series.ts";

/** More dots per pixel of width are not told apart. */
const DENSITY = 12;

/** The size of a dot, in pixels. */
const SIZE = 2;

/** The place for dots. */
export interface DotPlaces {
  readonly width: number;
  readonly height: number;
  readonly numSteps: number;
  readonly x: (step: number) => number;
  /** The height of a value; `undefined` if it is outside. */
  readonly y: (value: number) => number | undefined;
}

/** Draws dots. */
export class Dots {
  readonly #canvas: HTMLCanvasElement;
  #series: Series | undefined;
  #layout = "";
  #numDrawn = 0;
  #numOutside = 0;

  /** @param canvas Where to; its color is that of the dots. */
  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** The number of values outside. */
  get numOutside(): number {
    return this.#numOutside;
  }

  /**
   * Draws what is new.
   *
   * @param series The values.
   * @param places Where dots go.
   * @param layout Changes whenever their places do: then all are drawn again.
   */
  draw(series: Series, places: DotPlaces, layout: string): void {
    const canvas = this.#canvas;
    const { color } = getComputedStyle(canvas);
    const ratio = devicePixelRatio;
    const all = `${layout} ${color} ${ratio}`;
    if (series !== this.#series || all !== this.#layout) {
      this.#series = series;
      this.#layout = all;
      this.#numDrawn = this.#numOutside = 0;
      canvas.width = Math.round(places.width * ratio); // which also clears it
      canvas.height = Math.round(places.height * ratio);
    }
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = color;
    const stride = Math.ceil(places.numSteps / (DENSITY * places.width));
    const { values, stepsBefore } = series;
    for (let i = this.#numDrawn; i < values.length; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      const y = places.y(value);
      if (y === undefined) this.#numOutside++;
      else if (i % stride === 0) {
        context.fillRect(places.x(stepsBefore + i + 1) - SIZE / 2, y - SIZE / 2, SIZE, SIZE);
      }
    }
    this.#numDrawn = values.length;
  }
}
