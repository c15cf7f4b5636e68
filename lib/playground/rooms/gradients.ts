/**
 * The way to a gradient: the graph of an expression that one types, forward and backward step by
 * step, in the room Look inside. It is computed with `lib/value.ts`, by the scalar engine's values.
 *
 * @module
 */

/// <reference lib="dom" />

import { find, make, sentenceOf } from "../page/dom.ts";
import type { Playground } from "../page/playground.ts";
import { onSize } from "../page/svg.ts";
import { backwardOrder, type Graph, graphOf, namesOf } from "./expression.ts";
import { graphChart, short } from "./graph_chart.ts";

/**
 * Brings the view to life.
 *
 * @param room The section of the room.
 * @param playground Tells the visitor why something cannot be done.
 */
export function mountGradients(room: HTMLElement, playground: Playground): void {
  new Gradients(find(room, "#gradients", HTMLElement), playground);
}

class Gradients {
  readonly #playground: Playground;
  readonly #field: HTMLInputElement;
  readonly #names: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #chart: HTMLElement;
  readonly #says: HTMLElement;
  readonly #values = new Map<string, number>();
  #graph: Graph = [];
  /** The number of computed values that are shown. */
  #numForward = 0;
  /** The number of steps back that have been taken: the first one gives the result its gradient, 1. */
  #numBackward = 0;
  #current: number | undefined;

  constructor(view: HTMLElement, playground: Playground) {
    this.#playground = playground;
    this.#field = find(view, "#expression", HTMLInputElement);
    this.#names = find(view, "#expression-names", HTMLElement);
    this.#chart = find(view, "#graph", HTMLElement);
    this.#svg = find(this.#chart, "svg", SVGSVGElement);
    this.#says = find(view, "#expression-says", HTMLElement);
    this.#field.addEventListener("input", () => this.#parse());
    const onClick = (id: string, then: () => void) =>
      find(view, id, HTMLButtonElement).addEventListener("click", then);
    onClick("#forward", () => this.#forward());
    onClick("#backward", () => this.#backward());
    onClick("#all-steps", () => this.#finish());
    this.#parse();
    onSize(this.#chart, () => this.#draw());
  }

  /** The values that are made of others, in the order in which they are computed. */
  get #inner(): number[] {
    return [...this.#graph.keys()].filter((node) => this.#graph[node]?.children.length !== 0);
  }

  get #order(): number[] {
    return backwardOrder(this.#graph);
  }

  #parse(): void {
    try {
      this.#graph = graphOf(this.#field.value, this.#values);
      this.#field.removeAttribute("aria-invalid");
      this.#says.classList.remove("bad");
      this.#showNames();
      this.#finish();
    } catch (error) {
      this.#field.setAttribute("aria-invalid", "true");
      this.#says.classList.add("bad");
      this.#says.textContent = sentenceOf(error);
    }
  }

  /** Shows a field for the value of each name; those that are there stay. */
  #showNames(): void {
    const names = namesOf(this.#graph);
    const shown = [...this.#names.children].map((element) => element.textContent);
    if (shown.join() === [...names.keys()].join()) return;
    this.#names.replaceChildren(...[...names].map(([name, value]) => {
      const field = make("input", { inputmode: "decimal", autocomplete: "off", value: `${value}` });
      field.addEventListener("input", () => {
        const changed = Number(field.value.replace("−", "-"));
        const isNumber = field.value.trim() !== "" && Number.isFinite(changed);
        field.toggleAttribute("aria-invalid", false);
        if (!isNumber) return field.setAttribute("aria-invalid", "true");
        this.#values.set(name, changed);
        this.#parse();
      });
      return make("label", {}, make("span", {}, name), field);
    }));
  }

  /** Begins again with the names and numbers alone. */
  #begin(): void {
    this.#graph = graphOf(this.#field.value, this.#values);
    this.#numForward = this.#numBackward = 0;
    this.#current = undefined;
  }

  #forward(): void {
    if (this.#field.hasAttribute("aria-invalid")) return;
    if (this.#numForward >= this.#inner.length) this.#begin();
    const node = this.#inner[this.#numForward];
    if (node !== undefined) {
      this.#numForward++;
      const { name = "", value, children = [] } = this.#graph[node] ?? {};
      const from = children.map((child) => short(this.#graph[child]?.value.data ?? 0)).join(
        " and ",
      );
      this.#says.textContent = `Forward: ${name}, from ${from}: ${short(value?.data ?? 0)}.`;
    }
    this.#current = node;
    this.#draw();
  }

  #backward(): void {
    if (this.#field.hasAttribute("aria-invalid")) return;
    if (this.#numForward < this.#inner.length) {
      return this.#playground.said.emit("Forward first: the result is not there yet.");
    }
    if (this.#numBackward > this.#order.length) {
      this.#begin();
      this.#numForward = this.#inner.length;
    }
    this.#says.textContent = this.#stepBack();
    this.#draw();
  }

  /** Takes a step of `Value.backward()`; says what it did. */
  #stepBack(): string {
    const step = this.#numBackward++;
    const last = this.#graph.length - 1;
    if (step === 0) {
      this.#current = last;
      const result = this.#graph[last];
      if (result !== undefined) result.value.grad = 1;
      return "Backward: the result changes by 1 with itself.";
    }
    const node = this.#order[step - 1];
    this.#current = node;
    const { name = "", value, children = [] } = this.#graph[node ?? -1] ?? {};
    if (value === undefined) return "All gradients are there.";
    const passed = children.map((child, i) => {
      const local = value.localGrads[i] ?? 0, to = this.#graph[child];
      if (to !== undefined) to.value.grad += local * value.grad;
      return `${to?.name ?? ""} gets ${short(local)} × ${short(value.grad)}`;
    });
    return `Backward through ${name}: ${passed.join(", ")}.`;
  }

  /** Shows all values and gradients, by `Value.backward()`. */
  #finish(): void {
    if (this.#field.hasAttribute("aria-invalid")) return;
    this.#begin();
    this.#graph.at(-1)?.value.backward();
    this.#numForward = this.#inner.length;
    this.#numBackward = this.#order.length + 1;
    const values = [...namesOf(this.#graph)].map(([name, value]) => `${name} ${short(value)}`);
    const result = short(this.#graph.at(-1)?.value.data ?? 0);
    this.#says.textContent = [...values, `the result is ${result}`].join(", ") + ".";
    this.#draw();
  }

  #draw(): void {
    const inner = this.#inner;
    const computed = new Set(inner.slice(0, this.#numForward));
    const isLeaf = (node: number) => this.#graph[node]?.children.length === 0;
    const last = this.#graph.length - 1;
    const reached = new Set(this.#numBackward > 0 ? [last] : []);
    for (const node of this.#order.slice(0, Math.max(0, this.#numBackward - 1))) {
      for (const child of this.#graph[node]?.children ?? []) reached.add(child);
    }
    const { shapes, width, height } = graphChart(this.#graph, {
      hasValue: (node) => isLeaf(node) || computed.has(node),
      hasGradient: (node) => reached.has(node),
      current: this.#current,
    }, this.#chart.clientWidth);
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.setAttribute("width", `${width}`);
    this.#svg.setAttribute("height", `${height}`);
    this.#svg.replaceChildren(...shapes);
    const numbers = this.#graph.map(({ name, value }, node) =>
      `${name} ${isLeaf(node) || computed.has(node) ? short(value.data) : "not yet"}` +
      (reached.has(node) ? `, gradient ${short(value.grad)}` : "")
    );
    this.#chart.setAttribute("aria-label", `Graph: ${numbers.join("; ")}`);
  }
}
