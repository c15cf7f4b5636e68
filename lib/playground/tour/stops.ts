/**
 * The stops of the tour, from "a list of names" to "a GPT": at each the visitor does one thing, and
 * reads what has come of it.
 *
 * @module
 */

import { printable } from "../../text/quote.ts";
import type { Deed } from "../page/deeds.ts";
import { counted } from "../page/dom.ts";
import type { History } from "../page/history.ts";
import type { Playground } from "../page/playground.ts";
import { Trend } from "../page/trend.ts";
import { ORIGINAL } from "../shared/settings.ts";

/** The latest deed of each kind. */
export type Deeds = { readonly [Kind in Deed["kind"]]?: Extract<Deed, { kind: Kind }> };

/** The subject of a stop. */
export interface Visit {
  readonly playground: Playground;
  /** The actions of the visitor at this stop. */
  readonly deeds: Deeds;
}

/** A stop. */
export interface Stop {
  /** The id of the room. */
  readonly room: "list" | "train" | "write" | "inside";
  /** The part of the room that it is about. */
  readonly target: string;
  readonly title: string;
  /** One thing to do, in a sentence or two. */
  readonly task: (visit: Visit) => string;
  /** The result, once it is done. */
  readonly result: (visit: Visit) => string | undefined;
}

/** The head that a visitor is asked to pick, if there are as many. */
const HEAD = 3;

/** A temperature below is careful, one above is bold. */
const CAREFUL = 0.5, BOLD = 1;

/** The stops, in the order of the work. */
export const STOPS: readonly Stop[] = [
  {
    room: "list",
    target: "#lengths",
    title: "A list is all it gets",
    task: ({ playground }) => `Find the highest bar under Lengths. ${lengthsOf(playground)}`,
    result: () => undefined,
  },
  {
    room: "train",
    target: "#babble",
    title: "Before it learns, it babbles",
    task: ({ playground }) => `Read row 0 of the babble. ${untrainedOf(playground.run)}`,
    result: () => undefined,
  },
  {
    room: "train",
    target: "#train-button",
    title: "It learns by guessing",
    task: ({ playground: { run } }) =>
      `Press Train. Each step turns the ${counted(run?.start.numParams ?? 0)} numbers of the ` +
      "model a little, so that it guesses better.",
    result: ({ playground: { run } }) => run && learningOf(run),
  },
  {
    room: "train",
    target: "#curve",
    title: "What counting can do",
    task: ({ playground: { run } }) =>
      run?.start.numValDocs === 0
        ? "There are none: this run holds nothing out (val fraction 0). Go on to the next stop."
        : "2-gram knows how often letters follow each other, and nothing else. Train until the " +
          "line “validation” is below it.",
    result: ({ playground: { run } }) => run && passedOf(run),
  },
  {
    room: "write",
    target: "#wish",
    title: "Ask for names of your own",
    task: () => "Write your initial under “starts with”, and press Generate.",
    result: ({ deeds: { wrote } }) =>
      wrote &&
      `${counted(wrote.count)} names, and ${counted(wrote.numNew)} of them are new: ` +
        "they stand nowhere in the list.",
  },
  {
    room: "write",
    target: "#next",
    title: "Bold or careful",
    task: () => "Drag the temperature from one end to the other, and watch the bars.",
    result: ({ deeds: { heated } }) => heated && heatOf(heated),
  },
  {
    room: "inside",
    target: "#arcs",
    title: "Where it looks back",
    task: ({ playground: { run } }) =>
      `Press head ${Math.min(HEAD, run?.settings.nHead ?? HEAD)}: what does it look at before it ` +
      "guesses the next letter?",
    result: ({ deeds: { "picked head": picked } }) =>
      picked &&
      `At “${picked.from}”, head ${picked.head} looks most at “${picked.to}”: ` +
        `${Math.round(100 * picked.weight)}%. Each head has learned to look for something else.`,
  },
  {
    room: "list",
    target: "#main-settings",
    title: "Change one thing, and compare",
    task: ({ playground }) =>
      `Set n embd to ${otherWidth(earlierRun(playground) ?? playground.run)}, press Train, and ` +
      "tick both runs under Runs.",
    result: comparisonOf,
  },
];

function lengthsOf({ facts }: Playground): string {
  if (facts === undefined) return "";
  const most = Math.max(...facts.lengths), length = facts.lengths.indexOf(most);
  return `${counted(most)} of ${counted(facts.numDocs)} lines have ${length} ` +
    `${length === 1 ? "letter" : "letters"}: it has to learn that, too.`;
}

function untrainedOf(run: History | undefined): string {
  const texts = run?.start.babble.texts.map(({ text }) => text) ?? [];
  const longest = texts.reduce((a, b) => b.length > a.length ? b : a, "");
  const { untrainedLoss, baselines = [] } = run?.references ?? {};
  const guess = baselines.find(({ name }) => name === "uniform")?.loss;
  const loss = untrainedLoss === undefined || guess === undefined
    ? ""
    : ` Its loss is ${untrainedLoss.toFixed(2)}; blind guessing has ${guess.toFixed(2)}.`;
  return `“${printable(longest)}” is letters at random.${loss}`;
}

function learningOf(run: History): string | undefined {
  const { state, step, losses, numSteps, validations, references } = run;
  if (state === "training") return "It learns: watch the line come down, and the babble beside it.";
  const trend = new Trend(losses, numSteps, 2);
  const first = references?.untrainedLoss ?? trend.at(losses.stepsBefore + 1);
  const last = validations.at(-1)?.loss ?? trend.at(step);
  if (step === 0 || first === undefined || last === undefined) return undefined;
  return `${counted(step)} steps took the loss from ${first.toFixed(2)} to ${last.toFixed(2)}. ` +
    "Now read the column of babble from top to bottom.";
}

/** Says when the run has left the models behind that count, by its validations. */
function passedOf({ validations, references }: History): string | undefined {
  const steps = ["2-gram", "3-gram"].flatMap((counting) => {
    const baseline = references?.baselines.find(({ name }) => name === counting);
    const first = baseline && validations.find(({ loss }) => loss < baseline.loss);
    return first === undefined ? [] : [`${counting} by step ${counted(first.step)}`];
  });
  if (steps.length === 0) return undefined;
  return `On names it never saw, it beat ${steps.join(" and ")}: ` +
    "it uses more than the letter before.";
}

function heatOf({ temperature, likeliest, odds }: NonNullable<Deeds["heated"]>): string {
  const what = temperature < CAREFUL
    ? "careful, it writes what is safe."
    : temperature > BOLD
    ? "bold, almost anything can come."
    : "neither bold nor careful.";
  return `At ${temperature.toFixed(2)} the likeliest, “${likeliest}”, has ` +
    `${Math.round(100 * odds)}%: ${what}`;
}

/** A width of the model that differs from that of a run, and that its heads divide. */
function otherWidth(run: History | undefined): number {
  const { nEmbd, nHead } = run?.settings ?? ORIGINAL;
  return nEmbd === 2 * nHead ? 4 * nHead : 2 * nHead;
}

/** The latest run of the present list before the present run. */
function earlierRun({ run, runs }: Playground): History | undefined {
  return runs.all.find(({ id, list, settings }) =>
    id !== run?.id && list.sha256 === run?.list.sha256 && settings.nEmbd !== run.settings.nEmbd
  );
}

function comparisonOf({ playground, deeds: { compared } }: Visit): string | undefined {
  const { run } = playground;
  const earlier = earlierRun(playground);
  if (run === undefined || earlier === undefined) return undefined;
  const [here, there] = [run, earlier].map(({ settings }) => `n embd ${settings.nEmbd}`);
  if (run.state !== "ended") {
    return `${counted(run.start.numParams)} numbers instead of ` +
      `${counted(earlier.start.numParams)}. ${
        run.state === "training" ? "It learns." : "Now press Train."
      }`;
  }
  const [mine, theirs] = [run, earlier].map(({ validations }) => validations.at(-1)?.loss);
  const losses = mine === undefined || theirs === undefined
    ? `${here} is trained.`
    : `Validation ${mine.toFixed(2)} with ${here}, ${theirs.toFixed(2)} with ${there}.`;
  return `${losses} ${
    compared === undefined
      ? "Tick both under Runs."
      : "Both are on one plot: that is what the setting does."
  }`;
}
