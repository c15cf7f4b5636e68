import { assert, assertEquals } from "@std/assert";
import { Choice, type Way } from "../../../lib/wasm/threads/choice.ts";
import { newRandom } from "../../helpers/random.ts";

/** The time of a step of 100 rows each way, in milliseconds. */
type Costs = Readonly<Record<Way, number>>;

/** Takes steps for some time, and returns the share of it that each way had. */
function spend(choice: Choice, time: number, costs: Costs, noise = () => 1): Costs {
  const spent = { alone: 0, together: 0 };
  while (spent.alone + spent.together < time) {
    const { way } = choice;
    const took = costs[way] * noise();
    choice.took(way, 100, took);
    spent[way] += took;
  }
  return { alone: spent.alone / time, together: spent.together / time };
}

Deno.test("Choice takes several threads where they are faster, within a fifth of a second", () => {
  const random = newRandom("choice");
  const noise = () => 0.8 + 0.4 * random.random();
  for (const costs of [{ alone: 0.5, together: 0.3 }, { alone: 20, together: 11 }]) {
    const choice = new Choice();
    spend(choice, 10 * costs.alone + 200, costs, noise);
    const { together } = spend(choice, 20_000, costs, noise);
    assert(together > 0.95, `${together}`);
  }
});

Deno.test("Choice takes one thread where several are no faster", () => {
  for (const costs of [{ alone: 1, together: 2 }, { alone: 1, together: 1 }]) {
    const choice = new Choice();
    spend(choice, 200, costs);
    const { alone } = spend(choice, 20_000, costs);
    assert(alone > 0.97, `${alone}`);
  }
});

Deno.test("Choice never tries several threads for steps that take no time", () => {
  assertEquals(spend(new Choice(), 20_000, { alone: 0.09, together: 0.01 }).together, 0);
});

Deno.test("Choice changes its mind when the machine gets busy, and when it is free again", () => {
  const choice = new Choice();
  const free = { alone: 1, together: 0.6 }, busy = { alone: 1.2, together: 3 };
  assert(spend(choice, 30_000, free).together > 0.95);
  spend(choice, 100, busy); // it notices at once, not at the next trial
  assertEquals(spend(choice, 400, busy).together, 0);
  assert(spend(choice, 20_000, busy).alone > 0.9);
  spend(choice, 10_000, free); // it tries now and then
  assert(spend(choice, 30_000, free).together > 0.95);
});

Deno.test("Choice does not count steps that were not taken as it said", () => {
  const choice = new Choice();
  while (choice.way === "alone") choice.took("alone", 100, 1);
  for (let i = 0; i < 1000; i++) choice.took("alone", 100, 1); // threads are starting
  assertEquals(choice.way, "together");
  while (choice.way === "together") choice.took("together", 100, 5);
  assertEquals(choice.way, "alone");
});
