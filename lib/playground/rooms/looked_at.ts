/**
 * The text that is looked at in the room Look inside, what the model computes for it, and what the
 * visitor has picked: a layer, a head, a position. The views share one.
 *
 * @module
 */

/// <reference lib="dom" />

import { glyphOf } from "../page/glyphs.ts";
import { Signal } from "../page/signal.ts";
import type { Look } from "../shared/protocol.ts";

/** The views of a text. */
export class LookedAt {
  /** There is something else to see. */
  readonly changed: Signal = new Signal();
  #look: Look | undefined;
  #symbols: readonly string[] = [];
  #picked = { layer: 0, head: 0, position: Infinity };

  /** The numbers that the model computes. */
  get look(): Look | undefined {
    return this.#look;
  }

  /** Takes what the model computes. */
  set(look: Look | undefined, symbols: readonly string[]): void {
    this.#look = look;
    this.#symbols = symbols;
    this.changed.emit();
  }

  /** The layer, the head and the position that are picked; at first the last position. */
  get picked(): { readonly layer: number; readonly head: number; readonly position: number } {
    const { attention = [], numRead = 1 } = this.#look ?? {};
    const { layer, head, position } = this.#picked;
    return {
      layer: Math.min(layer, attention.length - 1),
      head: Math.min(head, (attention[0]?.length ?? 1) - 1),
      position: Math.max(0, Math.min(position, numRead - 1)),
    };
  }

  /** Picks something else. */
  pick(picked: Partial<LookedAt["picked"]>): void {
    this.#picked = { ...this.#picked, ...picked };
    this.changed.emit();
  }

  /** The attention weights of the layer, by head. */
  get heads(): readonly (readonly Float64Array[])[] {
    return this.#look?.attention[this.picked.layer] ?? [];
  }

  /** A token as it can be seen; BOS as "·". */
  glyph(id: number): string {
    const symbol = this.#symbols[id];
    return symbol === undefined ? "·" : glyphOf(symbol);
  }

  /** A token in a sentence or a table; BOS comes as the end. */
  name(id: number): string {
    return id < this.#symbols.length ? this.glyph(id) : "end";
  }

  /** The tokens that the model has read, as they can be seen. */
  get read(): readonly string[] {
    const { ids = [], numRead = 0 } = this.#look ?? {};
    return ids.slice(0, numRead).map((id) => this.glyph(id));
  }
}
