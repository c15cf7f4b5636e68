/** Expressions of the room Look inside: parsed, computed, and their gradients. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { backwardOrder, graphOf, namesOf } from "../../lib/playground/rooms/expression.ts";
import { assertAllClose } from "../helpers/assert.ts";

const VALUES = new Map([["a", 2], ["b", -3], ["c", 10], ["d", 0.5]]);

const result = (text: string) => graphOf(text, VALUES).at(-1)!.value;

Deno.test("graphOf() computes what JavaScript computes", () => {
  const a = 2, b = -3, c = 10, d = 0.5;
  const cases: readonly [string, number][] = [
    ["(a*b + c).relu()", Math.max(0, a * b + c)],
    ["a - b - c", a - b - c],
    ["a / d / c", a / d / c],
    ["a + b * c / d - 1", a + b * c / d - 1],
    ["-a ** 2", -(a ** 2)],
    ["(-b) ** -2.5", (-b) ** -2.5],
    ["a * -b", a * -b],
    ["--a", a],
    ["d.exp().log() * .5", d * 0.5],
    ["((c))", c],
    ["a*a + a", a * a + a],
    [" c.log() ", Math.log(c)],
  ];
  for (const [text, expected] of cases) {
    assertAllClose([result(text).data], [expected], 1e-15, text);
  }
});

Deno.test("graphOf() gives the gradients of each name", () => {
  const cases: readonly [string, readonly number[]][] = [
    ["(a*b + c).relu() + 0*d", [-3, 2, 1, 0]],
    ["a*a*b + c/d", [-12, 4, 2, -40]],
    ["(a + b).relu() * c * d", [0, 0, 0, 0]],
    ["a ** 3 - b - c.log() + d.exp()", [12, -1, -0.1, Math.exp(0.5)]],
  ];
  for (const [text, gradients] of cases) {
    const graph = graphOf(text, VALUES);
    graph.at(-1)!.value.backward();
    const byName = new Map(graph.map(({ name, value }) => [name, value.grad]));
    assertAllClose(["a", "b", "c", "d"].map((name) => byName.get(name)!), gradients, 1e-12, text);
  }
});

Deno.test("a graph has its children first, one node per name, and names that are given values", () => {
  const graph = graphOf("(a * b + x).relu() * a", VALUES);
  assertEquals(graph.map(({ name }) => name), ["a", "b", "a * b", "x", "+ x", "relu", "* a"]);
  graph.forEach(({ children }, i) => assert(children.every((child) => child < i)));
  assertEquals([...namesOf(graph)], [["a", 2], ["b", -3], ["x", 10]]);
  assertEquals(backwardOrder(graph), [6, 5, 4, 2]);
});

Deno.test("graphOf() says what is wrong with an expression", () => {
  const cases: readonly [string, string][] = [
    ["", "Write an expression"],
    ["a +", "ends too early"],
    ["(a", "A “)” is missing."],
    ["a b", "“b” is not expected here."],
    ["a $ b", "“$” cannot be in an expression."],
    ["a.sin()", "After a dot"],
    ["a.relu", "A “(” is missing."],
    ["a ** b", "After ** there must be a number."],
    ["alert(1)", "“(” is not expected here."],
    [")", "“)” is not expected here."],
    ["1.2.3", "“.3” is not expected here."],
    [Array(30).fill("a").join("+"), "more than 24"],
  ];
  for (const [text, message] of cases) assertThrows(() => graphOf(text), SyntaxError, message);
  for (const sign of ["-", "(", "a+", "a.relu()+", "1."]) { // not a stack that is too small
    assertThrows(() => graphOf(`${sign.repeat(20_000)}a`), SyntaxError, "too long");
  }
});
