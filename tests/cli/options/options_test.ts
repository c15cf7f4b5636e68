import { assertEquals } from "@std/assert";
import {
  camelCase,
  kebabCase,
  type Options,
  type Parsed,
  valuesOf,
} from "../../../lib/cli/options/options.ts";
import { choice, integer, text } from "../../../lib/cli/options/parsers.ts";
import { assertFails } from "../../helpers/assert.ts";
import { UsageError } from "../../../lib/cli/options/parsers.ts";

const TABLE = {
  "num-big-steps": { takes: integer(1, 9), help: "", default: 7 },
  "word": { takes: choice(["one", "two"]), help: "" },
  "name": { takes: text(), help: "", default: "x" },
  "is-on": { help: "" },
} as const satisfies Options;

Deno.test("valuesOf() takes what is given, else the default, else undefined", () => {
  const values: Parsed<typeof TABLE> = valuesOf(TABLE, new Map());
  assertEquals(values, { numBigSteps: 7, word: undefined, name: "x", isOn: false });
  const given = new Map([["num-big-steps", "3"], ["word", "two"], ["is-on", ""], ["other", "?"]]);
  assertEquals(valuesOf(TABLE, given), { numBigSteps: 3, word: "two", name: "x", isOn: true });
});

Deno.test("valuesOf() infers the types of the values from the table", () => {
  interface Expected {
    readonly numBigSteps: number;
    readonly word: "one" | "two" | undefined;
    readonly name: string;
    readonly isOn: boolean;
  }
  // Each is assigned to the other, so neither is wider.
  const values: Expected = valuesOf(TABLE, new Map());
  const same: Parsed<typeof TABLE> = values;
  assertEquals(same, values);
});

Deno.test("valuesOf() refuses a value, and names its option", () => {
  assertFails(
    () => valuesOf(TABLE, new Map([["num-big-steps", "10"]])),
    UsageError,
    '--num-big-steps must be an integer from 1 to 9: it is "10"',
  );
});

Deno.test("camelCase() and kebabCase() are each other's inverse", () => {
  for (const [kebab, camel] of [["n-embd", "nEmbd"], ["a-b-c", "aBC"], ["seed", "seed"]] as const) {
    assertEquals([camelCase(kebab), kebabCase(camel)], [camel, kebab]);
  }
  assertEquals(camelCase("num big docs"), "numBigDocs");
});
