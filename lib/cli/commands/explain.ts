/**
 * `microgpt explain MODEL TEXT`: shows how a saved model reads a text.
 *
 * @module
 */

import { explain, type Explanation, likeliest } from "../../evaluate/explain.ts";
import { columnsOf } from "../../text/columns.ts";
import { quote, toJson } from "../../text/quote.ts";
import { shownSymbol } from "../../text/symbol.ts";
import { AS_IT_IS, shownText, type TextForm, toForm } from "../../text/text_form.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import type { ExplainCommand } from "../options/commands.ts";
import { engineOf, loadModel } from "../saved_model.ts";
import { columns, newTalk, Results } from "../terminal/output.ts";
import { type Column, tableLines, widthOf } from "../terminal/table.ts";

/** The number of other tokens that are shown beside the one that came. */
const NUM_OTHERS = 3;

/** A reading of a text, and what its tokens stand for. */
interface Reading extends Explanation {
  /** The text as people write it. */
  readonly text: string;
  readonly tokenizer: Tokenizer;
  readonly form: TextForm;
  /** The tokens that came at each position. */
  readonly targets: readonly number[];
}

/**
 * Runs the command.
 *
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runExplain(command: ExplainCommand): Promise<void> {
  const model = await loadModel(command.model);
  const { tokenizer, config: { blockSize } } = model.checkpoint;
  const form = model.plan?.settings ?? AS_IT_IS;
  const results = new Results();
  const { warn } = newTalk(command.quiet, results);
  const engine = engineOf(model, command.engine, warn);
  const explanation = explain(engine, tokenizer, command.text, form);
  const { tokens, numCut } = explanation;
  if (numCut > 0) {
    const numTokens = blockSize + numCut;
    warn(`The text has ${numTokens} tokens, the model reads ${blockSize}: the rest is truncated`);
  }
  const text = shownText(toForm(command.text, form), form);
  const reading = { ...explanation, text, tokenizer, form, targets: tokens.slice(1) };
  for (const line of command.json ? jsonLines(reading) : shownLines(reading)) results.line(line);
  results.flush();
}

/** Sums up the text as a whole. */
function summaryOf({ surprise, targets }: Reading) {
  const bits = surprise.reduce((sum, x) => sum + x, 0);
  return { bits, logProb: -bits * Math.LN2, perplexity: 2 ** (bits / targets.length) };
}

function* jsonLines(reading: Reading): Generator<string> {
  const { text, tokenizer: { symbols }, targets, numCut, surprise, ranks } = reading;
  const vocabulary = [...symbols, null]; // BOS
  const numTokens = targets.length;
  yield toJson({
    type: "text",
    text,
    numTokens,
    numCut,
    ...summaryOf(reading),
    vocabulary,
  });
  for (let t = 0; t < numTokens; t++) {
    const id = targets[t]!, probs = reading.probs[t]!; // t < numTokens
    yield toJson({
      type: "token",
      token: vocabulary[id],
      id,
      probability: probs[id],
      rank: ranks[t],
      bits: surprise[t],
      probabilities: [...probs],
      attention: reading.attention.map((heads) => heads.map((rows) => [...rows[t]!])), // as above
      norms: reading.norms.map((stage) => stage[t]),
    });
  }
}

function* shownLines(reading: Reading): Generator<string> {
  const { text, targets } = reading;
  const { bits, perplexity } = summaryOf(reading);
  const mean = (bits / targets.length).toFixed(2);
  yield `${quote(text)}: ${bits.toFixed(2)} bits, ${mean} per token, perplexity ${
    perplexity.toFixed(2)
  }`;
  yield "";
  const keys: Column[] = [
    { head: "", cells: targets.map((_, t) => `${t + 1}`), align: "right" },
    { head: "token", cells: targets.map((id) => shownToken(reading, id)) },
  ];
  const width = Deno.stdout.isTerminal() ? columns() : Infinity;
  const widthLeft = width - widthOf([...keys, { head: "", cells: [] }]);
  const others = [...expectationColumns(reading), ...attentionColumns(reading, widthLeft)];
  yield* tableLines(keys, others, width);
  yield LEGEND;
}

/** Shows a token by itself. */
function shownToken({ tokenizer: { symbols, bos } }: Reading, id: number): string {
  return id === bos ? "BOS" : shownSymbol(symbols[id]!); // an id of the vocabulary
}

/** The signs of {@linkcode attentionColumns}, in at most 60 columns. */
const LEGEND = "Attention in tenths; ^ is the start, . less than a twentieth";

/** The maximum number of tokens that make up one character as people see it. */
const MAX_PARTS = 16;

/**
 * Finds the character, as people see it, that a token ends where it follows the text up to a
 * position: tokens can be parts of characters, such as letters of Hangul, marks or bytes.
 *
 * @returns The character; `undefined` if it is not complete, or the token ends the text.
 */
function characterAt({ tokenizer, targets, form }: Reading, t: number, id: number) {
  if (id === tokenizer.bos) return undefined;
  const ids = [...targets.slice(Math.max(0, t - MAX_PARTS), t), id];
  const text = shownText(tokenizer.decode(ids), form);
  const last = [...GRAPHEMES.segment(text)].at(-1)?.segment ?? "";
  return INCOMPLETE.test(last) ? undefined : shownSymbol(last);
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Bytes that are not UTF-8 as yet, a joiner with nothing to join, letters that form no syllable.
 */
const INCOMPLETE = /\ufffd|.\u200d$|.[\u1100-\u11ff]|[\u1100-\u11ff]./u;

/** Makes the columns of what the model expects at each position. */
function expectationColumns(reading: Reading): Column[] {
  const { targets, probs, ranks, surprise } = reading;
  const percentOf = (t: number, id: number) => percentage(probs[t]![id]!); // an id of the vocabulary
  const right = (head: string, cells: string[]): Column => ({ head, cells, align: "right" });
  return [
    ...characterColumns(reading),
    right("prob", targets.map((id, t) => `${percentOf(t, id)}%`)),
    right("rank", ranks.map(String)),
    right("bits", surprise.map((bits) => bits.toFixed(2))),
    { head: "others, %", cells: othersAt(reading, percentOf) },
  ];
}

/** Lists the likeliest others at each position, as the characters that they would make. */
function othersAt(reading: Reading, percentOf: (t: number, id: number) => string): string[] {
  const others = reading.targets.map((target, t) =>
    likeliest(reading.probs[t]!, NUM_OTHERS, target).map((id) => ({ // as many
      symbol: characterAt(reading, t, id) ?? shownToken(reading, id),
      percent: percentOf(t, id).padStart(4),
    }))
  );
  const width = Math.max(...others.flat().map(({ symbol }) => columnsOf(symbol)));
  return others.map((row) =>
    row.map(({ symbol, percent }) => `${symbol}${" ".repeat(width - columnsOf(symbol))} ${percent}`)
      .join("  ")
  );
}

/** Makes a column of the characters so far, if some tokens are parts of characters. */
function characterColumns(reading: Reading): Column[] {
  const { targets } = reading;
  const cells = targets.map((id, t) => characterAt(reading, t, id) ?? "");
  const isPlain = targets.every((id, t) =>
    id === reading.tokenizer.bos || cells[t] === shownToken(reading, id)
  );
  return isPlain ? [] : [{ head: "text", cells }];
}

/**
 * Makes a column per head: a digit per token that it can look at. A head with too many of them for
 * the width goes on in another column.
 */
function attentionColumns(reading: Reading, width: number): Column[] {
  const { attention, tokens } = reading;
  const symbols = tokens.slice(0, -1).map((id, t) => {
    const symbol = t === 0 ? "^" : shownToken(reading, id);
    return columnsOf(symbol) > 2 ? `${t % 100}` : symbol;
  });
  const cellWidth = Math.max(...symbols.map(columnsOf));
  const row = (cells: readonly string[]) =>
    cells.map((cell) => cell + " ".repeat(cellWidth - columnsOf(cell))).join("");
  const numCells = Math.max(1, Math.floor(width / cellWidth));
  return attention.flatMap((heads, layer) =>
    heads.flatMap((rows, h) => {
      const name = attention.length > 1 ? `head ${layer + 1}.${h + 1}` : `head ${h + 1}`;
      const parts: Column[] = [];
      for (let start = 0; start < symbols.length; start += numCells) {
        const part = <T>(all: ArrayLike<T>) => Array.from(all).slice(start, start + numCells);
        const title = start === 0 ? name : `${name} from ${start}`;
        const cells = rows.map((weights) => row(part(weights).map(tenths)));
        parts.push({ title, head: row(part(symbols)), cells });
      }
      return parts;
    })
  );
}

/** Writes a weight as a digit, in tenths; a dot stands for less than a twentieth. */
function tenths(weight: number): string {
  const digit = Math.min(9, Math.round(10 * weight));
  return digit === 0 ? "." : `${digit}`;
}

/** Writes a probability in percent. */
function percentage(p: number): string {
  return p < 0.0005 ? "<0.1" : (100 * p).toFixed(1);
}
