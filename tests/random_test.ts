import { assert, assertEquals } from "@std/assert";
import { Random } from "../lib/random.ts";
import { assertClose, assertFails } from "./helpers/assert.ts";
import { newRandom } from "./helpers/random.ts";
import cases from "./testdata/random.json" with { type: "json" };

const short = (seed: string) =>
  seed.length > 20 ? `a seed of ${seed.length} digits` : `seed ${seed}`;

for (const fixture of cases) {
  const seeded = () => new Random(BigInt(fixture.seed));
  const name = short(fixture.seed);

  Deno.test(`Random.random() gives Python's numbers for ${name}`, () => {
    const random = seeded();
    assertEquals(fixture.random.map(() => random.random()), fixture.random);
    for (let i = fixture.random.length; i < 1000; i++) random.random();
    assertEquals(random.random(), fixture.randomAfter1000, "after three turns of the state");
  });

  Deno.test(`Random.gauss() gives Python's numbers for ${name}, between others`, () => {
    const random = seeded();
    fixture.gauss.forEach(([kind, expected], i) => {
      const value = expected as number; // pairs of a string and a number
      if (kind === "random") assertEquals(random.random(), value, `call ${i}`);
      // sin, cos and log differ between math libraries in the last place.
      else assertClose(random.gauss(0, 0.08), value, 1e-15 * Math.abs(value), `call ${i}`);
    });
  });

  Deno.test(`Random.shuffle() gives Python's order for ${name}`, () => {
    const random = seeded();
    for (const expected of fixture.shuffles) {
      const list = Array.from(expected, (_, i) => i);
      random.shuffle(list);
      assertEquals(list, expected, `${list.length} elements`);
    }
  });

  Deno.test(`Random.choices() draws what Python draws with weights for ${name}`, () => {
    const random = seeded();
    for (const { weights, drawn } of fixture.weighted) {
      assertEquals(random.choices([...weights.keys()], weights, drawn.length), drawn);
    }
  });

  Deno.test(`Random.weightedIndex() draws what Python's choices draws for ${name}`, () => {
    const random = seeded();
    for (const { weights, drawn } of fixture.weighted) {
      assertEquals(drawn.map(() => random.weightedIndex(Float64Array.from(weights))), drawn);
    }
  });

  Deno.test(`Random.choices() draws what Python draws without weights for ${name}`, () => {
    const { unweighted } = fixture;
    assertEquals(
      seeded().choices([0, 1, 2, 3, 4, 5, 6], undefined, unweighted.length),
      unweighted,
    );
  });

  Deno.test(`Random.getrandbits() gives Python's bits for ${name}, 1 to 53 of them`, () => {
    const random = seeded();
    assertEquals(fixture.getrandbits.map((_, i) => random.getrandbits(i + 1)), fixture.getrandbits);
  });

  Deno.test(`Random.randbelow() gives Python's integers for ${name}`, () => {
    const random = seeded();
    for (const { n, drawn } of fixture.randbelow) {
      assertEquals(drawn.map(() => random.randbelow(n)), drawn, `below ${n}`);
    }
  });
}

Deno.test("Random() takes a number and a bigint for the same seed", () => {
  for (const seed of [0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1]) {
    assertEquals(new Random(seed).random(), new Random(BigInt(seed)).random(), `seed ${seed}`);
  }
});

Deno.test("Random() ignores the sign of the seed, as Python does", () => {
  for (const seed of [1n, 42n, 2n ** 70n]) {
    assertEquals(new Random(-seed).random(), new Random(seed).random(), `seed ${seed}`);
  }
});

Deno.test("Random() throws on a seed that is not an integer", () => {
  for (const seed of [0.5, NaN, Infinity, 2 ** 53]) {
    assertFails(
      () => new Random(seed),
      RangeError,
      `Cannot seed the random numbers: the seed must be an integer: it is ${seed}`,
    );
  }
});

Deno.test("Random.random() stays in [0, 1)", () => {
  const random = newRandom("random() in [0, 1)");
  for (let i = 0; i < 100_000; i++) {
    const x = random.random();
    assert(x >= 0 && x < 1, `${x}`);
  }
});

Deno.test("Random.gauss() has mean 0 and deviation 1 when nothing is given", () => {
  const random = new Random(42), same = new Random(42);
  for (let i = 0; i < 9; i++) assertEquals(random.gauss(), same.gauss(0, 1));
  for (let i = 0; i < 9; i++) assertEquals(random.gauss(5, 2), 5 + 2 * same.gauss(0, 1));
});

Deno.test("Random.shuffle() shuffles typed arrays like lists", () => {
  const list = Array.from({ length: 300 }, (_, i) => i);
  const typed = Uint32Array.from(list);
  new Random(7).shuffle(list);
  new Random(7).shuffle(typed);
  assertEquals([...typed], list);
});

Deno.test("Random.choices() draws one element when no number is given, none for 0", () => {
  assertEquals(new Random(1).choices(["x"]), ["x"]);
  assertEquals(new Random(1).choices(["x"], [1], 0), []);
});

Deno.test("Random.getrandbits() of no bits is 0 and draws nothing", () => {
  const random = new Random(42);
  assertEquals(random.getrandbits(0), 0);
  assertEquals(random.random(), new Random(42).random());
});

Deno.test("Random.getrandbits() throws on a number of bits that it cannot give", () => {
  for (const k of [-1, 54, 1.5, NaN, Infinity]) {
    assertFails(
      () => new Random(1).getrandbits(k),
      RangeError,
      `Cannot draw random bits: their number must be an integer from 0 to 53: it is ${k}`,
    );
  }
});

Deno.test("Random.randbelow() throws on a bound that is not a positive integer", () => {
  for (const n of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    assertFails(
      () => new Random(1).randbelow(n),
      RangeError,
      `Cannot draw an integer below n: n must be a positive integer: it is ${n}`,
    );
  }
});

Deno.test("Random.weightedIndex() never draws an index of weight 0 at the front", () => {
  class Zero extends Random {
    override random(): number {
      return 0;
    }
  }
  assertEquals(new Zero(1).weightedIndex([0, 0, 1, 1]), 2);
});

Deno.test("Random.weightedIndex() throws on weights that have no finite, positive sum", () => {
  const table: [number[], string][] = [
    [[], "0"],
    [[0, 0], "0"],
    [[-1], "-1"],
    [[1, NaN], "NaN"],
    [[1, Infinity], "Infinity"],
  ];
  for (const [weights, total] of table) {
    assertFails(
      () => new Random(1).weightedIndex(weights),
      RangeError,
      `Cannot choose: the sum of the weights must be positive and finite: it is ${total}`,
    );
  }
});

Deno.test("Random.choices() throws on no elements, or another number of weights", () => {
  const table: [string[], number[] | undefined, string][] = [
    [[], undefined, "there are 0 elements and no weights"],
    [[], [], "there are 0 elements and 0 weights"],
    [["a", "b"], [1], "there are 2 elements and 1 weights"],
    [["a"], [1, 1], "there are 1 elements and 2 weights"],
  ];
  for (const [population, weights, found] of table) {
    assertFails(
      () => new Random(1).choices(population, weights),
      TypeError,
      `Cannot choose: one weight is needed for each element and one element at least: ${found}`,
    );
  }
});

Deno.test("Random.setstate() goes on where getstate() was called", () => {
  for (const drawn of [0, 1, 311, 312, 623, 624, 1000]) {
    const random = new Random(42), other = new Random(7);
    for (let i = 0; i < drawn; i++) random.getrandbits(32);
    if (drawn % 2 === 1) random.gauss(); // its second number waits
    const state = random.getstate();
    const draw = (random: Random) => [random.gauss(), random.random(), random.randbelow(10)];
    const expected = Array.from({ length: 700 }, () => draw(random));
    other.gauss();
    other.setstate(state);
    assertEquals(Array.from({ length: 700 }, () => draw(other)), expected, `after ${drawn}`);
  }
});

Deno.test("Random.getstate() is what CPython tells, and a copy", () => {
  const random = new Random(42);
  // >>> random.seed(42); random.getstate()
  const { words, gaussNext } = random.getstate();
  assertEquals([...words.subarray(0, 3), words[624]], [2147483648, 3564348608, 1266698288, 624]);
  assertEquals(gaussNext, undefined);
  words.fill(1);
  assertEquals(random.random(), new Random(42).random());
});

Deno.test("Random.setstate() throws on what is no state", () => {
  const random = new Random(42);
  const { words } = random.getstate();
  const table = [
    { words: words.slice(1), gaussNext: undefined },
    { words: new Uint32Array(626).fill(1), gaussNext: undefined },
    { words: new Uint32Array(625), gaussNext: undefined },
    { words: words.map((word, i) => i === 624 ? 625 : word), gaussNext: undefined },
    { words, gaussNext: NaN },
  ];
  for (const state of table) {
    assertFails(
      () => random.setstate(state),
      RangeError,
      "Cannot set the state of the random numbers: 624 words are wanted, not all 0, " +
        "then an index from 0 to 624, and a finite number or none",
    );
  }
  assertEquals(random.getstate(), new Random(42).getstate());
});
