import { assertEquals } from "@std/assert";
import { dot, sum, Value } from "../lib/value.ts";
import { assertClose, assertFails } from "./helpers/assert.ts";
import { gaussVector, newRandom } from "./helpers/random.ts";

/** An operation on Values, what it is on numbers, and points at which both are tried. */
interface Operation {
  readonly name: string;
  readonly onValues: (...x: Value[]) => Value;
  readonly onNumbers: (...x: number[]) => number;
  readonly points: readonly (readonly number[])[];
}

const ANY = [[-3], [-1.25], [-0.5], [0.125], [1], [2.75], [10]];
const POSITIVE = [[0.01], [0.5], [1], [2.75], [40]];
const PAIRS = [[1, 2], [-1.5, 0.25], [3, -7], [0, 1.5], [-2, -2], [0.01, 30]];

const OPERATIONS: readonly Operation[] = [
  {
    name: "add(Value)",
    onValues: (a, b) => a!.add(b!),
    onNumbers: (a, b) => a! + b!,
    points: PAIRS,
  },
  { name: "add(number)", onValues: (a) => a!.add(2.5), onNumbers: (a) => a! + 2.5, points: ANY },
  {
    name: "sub(Value)",
    onValues: (a, b) => a!.sub(b!),
    onNumbers: (a, b) => a! - b!,
    points: PAIRS,
  },
  { name: "sub(number)", onValues: (a) => a!.sub(2.5), onNumbers: (a) => a! - 2.5, points: ANY },
  {
    name: "mul(Value)",
    onValues: (a, b) => a!.mul(b!),
    onNumbers: (a, b) => a! * b!,
    points: PAIRS,
  },
  { name: "mul(number)", onValues: (a) => a!.mul(-2.5), onNumbers: (a) => a! * -2.5, points: ANY },
  {
    name: "div(Value)",
    onValues: (a, b) => a!.div(b!),
    onNumbers: (a, b) => a! / b!,
    points: PAIRS,
  },
  { name: "div(number)", onValues: (a) => a!.div(-2.5), onNumbers: (a) => a! / -2.5, points: ANY },
  { name: "neg()", onValues: (a) => a!.neg(), onNumbers: (a) => -a!, points: ANY },
  { name: "pow(3)", onValues: (a) => a!.pow(3), onNumbers: (a) => a! * a! * a!, points: ANY },
  { name: "pow(-1)", onValues: (a) => a!.pow(-1), onNumbers: (a) => 1 / a!, points: ANY },
  {
    name: "pow(-0.5)",
    onValues: (a) => a!.pow(-0.5),
    onNumbers: (a) => 1 / Math.sqrt(a!),
    points: POSITIVE,
  },
  { name: "log()", onValues: (a) => a!.log(), onNumbers: (a) => Math.log(a!), points: POSITIVE },
  { name: "exp()", onValues: (a) => a!.exp(), onNumbers: (a) => Math.exp(a!), points: ANY },
  { name: "relu()", onValues: (a) => a!.relu(), onNumbers: (a) => a! > 0 ? a! : 0, points: ANY },
  {
    name: "sum()",
    onValues: (...x) => sum(x),
    onNumbers: (a, b, c) => a! + b! + c!,
    points: [[1, 2, 3], [-0.5, 0, 4], [1e3, -1e-3, 7]],
  },
  {
    name: "dot()",
    onValues: (a, b, c, d) => dot([a!, b!], [c!, d!]),
    onNumbers: (a, b, c, d) => a! * c! + b! * d!,
    points: [[1, 2, 3, 4], [-0.5, 0, 4, 9], [100, -0.01, 7, 3]],
  },
];

for (const { name, onValues, onNumbers, points } of OPERATIONS) {
  const symbol = /^(sum|dot)/.test(name) ? name : `Value.${name}`;

  Deno.test(`${symbol} computes the number`, () => {
    for (const point of points) {
      const expected = onNumbers(...point);
      const { data } = onValues(...point.map((x) => new Value(x)));
      // pow() by `**` may differ from the quotient or the product in the last places.
      assertClose(data, expected, 4 * Number.EPSILON * Math.abs(expected), `${name} at ${point}`);
    }
  });

  Deno.test(`${symbol} has the gradients of central differences`, () => {
    for (const point of points) {
      const inputs = point.map((x) => new Value(x));
      onValues(...inputs).backward();
      inputs.forEach((input, i) => {
        const h = 1e-5 * Math.max(Math.abs(point[i]!), 0.1); // i < point.length
        const at = (delta: number) => onNumbers(...point.map((x, k) => k === i ? x + delta : x));
        const numeric = (at(h) - at(-h)) / (2 * h);
        // Rounding of f: |f| ε/h; the third derivative: f''' h²/6, below 1e-8 of f' at these points.
        const scale = Math.max(Math.abs(at(0)), Math.abs(at(h)), 1e-3);
        const tolerance = 4 * Number.EPSILON * scale / h + 1e-8 * Math.abs(numeric);
        assertClose(input.grad, numeric, tolerance, `d ${name} / d operand ${i} at ${point}`);
      });
    }
  });
}

Deno.test("Value() makes a leaf, or a result with its children and local gradients", () => {
  const leaf = new Value(3);
  assertEquals([leaf.data, leaf.grad, leaf.children, leaf.localGrads], [3, 0, [], []]);

  const cube = new Value(27, [leaf], [27]);
  cube.backward();
  assertEquals(leaf.grad, 27);
});

Deno.test("Value keeps the operands as children and a local gradient for each", () => {
  const a = new Value(6), b = new Value(-2);
  const table: [string, Value, Value[], number[]][] = [
    ["a + b", a.add(b), [a, b], [1, 1]],
    ["a + 1", a.add(1), [a], [1]],
    ["a - b", a.sub(b), [a, b], [1, -1]],
    ["a - 1", a.sub(1), [a], [1]],
    ["a * b", a.mul(b), [a, b], [-2, 6]],
    ["a * 5", a.mul(5), [a], [5]],
    ["a / b", a.div(b), [a, b], [-0.5, -1.5]],
    ["a / 4", a.div(4), [a], [0.25]],
    ["-a", a.neg(), [a], [-1]],
    ["a ** 2", a.pow(2), [a], [12]],
    ["log b²", b.pow(2).log(), [], [0.25]],
    ["relu a", a.relu(), [a], [1]],
    ["relu b", b.relu(), [b], [0]],
    ["sum", sum([a, b, a]), [a, b, a], [1, 1, 1]],
    ["dot", dot([a, b], [b, a]), [a, b, b, a], [-2, 6, 6, -2]],
  ];
  for (const [name, result, children, localGrads] of table) {
    assertEquals(result.localGrads, localGrads, name);
    if (name === "log b²") continue; // its child is the square
    assertEquals(result.children.length, children.length, name);
    result.children.forEach((child, i) => assertEquals(child === children[i], true, name));
  }
});

Deno.test("Value.relu() is 0 with gradient 0 at 0 and below", () => {
  for (const x of [0, -0, -1e-300, -5, -Infinity]) {
    const input = new Value(x);
    const result = input.relu();
    result.backward();
    assertEquals(Math.abs(result.data), 0, `relu(${x})`);
    assertEquals(input.grad, 0, `gradient at ${x}`);
  }
});

Deno.test("sum() and dot() of nothing are 0", () => {
  assertEquals(sum([]).data, 0);
  assertEquals(dot([], []).data, 0);
});

Deno.test("dot() throws on vectors of unequal lengths", () => {
  const vector = (n: number) => Array.from({ length: n }, (_, i) => new Value(i));
  for (const [a, b] of [[0, 1], [1, 0], [2, 3], [3, 2]] as const) {
    assertFails(
      () => dot(vector(a), vector(b)),
      TypeError,
      `Cannot take the dot product: lengths are ${a} and ${b}`,
    );
  }
});

Deno.test("sum() and dot() copy their arguments", () => {
  const values = [new Value(1), new Value(2)];
  const [a, b] = values as [Value, Value];
  const total = sum(values), product = dot(values, values);
  values.push(new Value(10));
  values[0] = new Value(20);
  total.backward();
  assertEquals([a.grad, b.grad, values[0].grad], [1, 1, 0]);
  product.backward();
  assertEquals([a.grad, b.grad, values[0].grad], [1 + 2, 1 + 4, 0]);
});

Deno.test("sum() adds from left to right, as Python does", () => {
  assertEquals(sum([1e16, 1, 1].map((x) => new Value(x))).data, 1e16 + 1 + 1);
  assertEquals(sum([1, 1, 1e16].map((x) => new Value(x))).data, 1 + 1 + 1e16);
});

Deno.test("Value.backward() adds up the gradients of a value used several times", () => {
  const table: [string, (a: Value) => Value, number][] = [
    ["a + a", (a) => a.add(a), 2],
    ["a - a", (a) => a.sub(a), 0],
    ["a * a", (a) => a.mul(a), 6],
    ["a / a", (a) => a.div(a), 0],
    ["sum(a, a, a)", (a) => sum([a, a, a]), 3],
    ["dot(a, a)", (a) => dot([a], [a]), 6],
    ["b + b * a with b = a²", (a) => {
      const b = a.pow(2);
      return b.add(b.mul(a));
    }, 2 * 3 + 3 * 3 ** 2],
  ];
  for (const [name, f, expected] of table) {
    const a = new Value(3);
    f(a).backward();
    assertEquals(a.grad, expected, name);
  }
});

Deno.test("Value.backward() passes a node on only after everything that uses it", () => {
  // A ladder of diamonds: a wrong order loses gradient at every rung; the right one doubles it.
  const a = new Value(1);
  let x = a;
  for (let i = 0; i < 40; i++) x = x.add(0).add(x.mul(1).mul(1));
  x.backward();
  assertEquals(a.grad, 2 ** 40);
});

Deno.test("Value.backward() of a leaf sets its own gradient to 1", () => {
  const a = new Value(3);
  a.backward();
  assertEquals(a.grad, 1);
});

Deno.test("Value.backward() adds to the gradients of earlier calls", () => {
  const a = new Value(3);
  a.mul(2).backward();
  a.mul(5).backward();
  assertEquals(a.grad, 7);
  a.grad = 0;
  a.mul(5).backward();
  assertEquals(a.grad, 5);
});

Deno.test("Value.backward() a second time passes on what inner nodes have kept of the first", () => {
  const a = new Value(3);
  const inner = a.mul(2);
  const result = inner.mul(5);
  result.backward();
  assertEquals([result.grad, inner.grad, a.grad], [1, 5, 10]);
  a.grad = 0;
  result.backward(); // inner: 5 of the first walk and 5 of this one
  assertEquals([result.grad, inner.grad, a.grad], [1, 10, 20]);
});

Deno.test("Value.backward() walks a chain of a million nodes without overflowing the stack", () => {
  const a = new Value(0.5);
  let x = a;
  for (let i = 0; i < 1_000_000; i++) x = x.add(1);
  x.backward();
  assertEquals(a.grad, 1);
  assertEquals(x.data, 1_000_000.5);
});

Deno.test("Value.backward() has the directional derivative of random expressions", () => {
  const random = newRandom("random expressions");
  for (let round = 0; round < 50; round++) {
    const n = 6;
    const at = gaussVector(random, n), direction = gaussVector(random, n);
    const plan = Array.from({ length: 20 }, () => [random.randbelow(5), random.random()] as const);
    const build = (x: readonly Value[]): Value => {
      const pool = [...x];
      plan.forEach(([kind, where], k) => {
        const a = pool[Math.floor(where * pool.length)]!; // where < 1
        const b = pool[(k * 7) % pool.length]!;
        if (kind === 0) pool.push(a.add(b));
        else if (kind === 1) pool.push(a.sub(b).mul(0.5));
        else if (kind === 2) pool.push(a.mul(b).add(1).mul(0.1));
        else if (kind === 3) pool.push(a.pow(2).add(1).log());
        else pool.push(a.div(b.pow(2).add(1)));
      });
      return sum(pool);
    };
    const inputs = Array.from(at, (x) => new Value(x));
    build(inputs).backward();
    const analytic = inputs.reduce((total, x, i) => total + x.grad * direction[i]!, 0);
    const h = 1e-5;
    const f = (s: number) => build(Array.from(at, (x, i) => new Value(x + s * direction[i]!))).data;
    const numeric = (f(h) - f(-h)) / (2 * h);
    // Rounding: |f| ε/h, of order 1e-9 here. The third derivative times h²/6: 1e-10 of the size
    // mostly, but above 1e-8 once in 300,000 expressions, where squares of squares pile up.
    const size = inputs.reduce((total, x, i) => total + Math.abs(x.grad * direction[i]!), 1);
    assertClose(analytic, numeric, 1e-5 * size, `round ${round}`);
  }
});
