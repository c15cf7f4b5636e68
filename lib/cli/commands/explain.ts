/**
 * `microgpt explain MODEL TEXT`: shows how a saved model reads a text.
 *
 * @module
 */

import { explain, type Explanation, likeliest } from "../../evaluate/explain.ts";
import { columnsOf } from "../../text/columns.ts";
import { quote } from "../../text/quote.ts";
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
    warn(`The text has ${numTokens} tokens, the model reads ${blockSize}: the rest is left out`);
  }
  const text = shownText(toForm(command.text, form), form);
  const reading = { ...explanation, text, tokenizer, form, targets: tokens.slice(1) };
  for (const line of command.json ? jsonLines(reading) : shownLines(reading)) results.line(line);
  results.flush();
}

/** The text as a whole. */
function summaryOf({ surprise, targets }: Reading) {
  const bits = surprise.reduce((sum, x) => sum + x, 0);
  return { bits, logProb: -bits * Math.LN2, perplexity: 2 ** (bits / targets.length) };
}

function* jsonLines(reading: Reading): Generator<string> {
  const { text, tokenizer: { symbols }, targets, numCut, surprise, ranks } = reading;
  const vocabulary = [...symbols, null]; // BOS
  const numTokens = targets.length;
  yield JSON.stringify({
    type: "text",
    text,
    numTokens,
    numCut,
    ...summaryOf(reading),
    vocabulary,
  });
  for (let t = 0; t < numTokens; t++) {
    const id = targets[t]!, probs = reading.probs[t]!; // t < numTokens
    yield JSON.stringify({
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
}

/** A token by itself. */
function shownToken({ tokenizer: { symbols, bos } }: Reading, id: number): string {
  return id === bos ? "BOS" : shownSymbol(symbols[id]!); // an id of the vocabulary
}

/** What the model expected at each position. */
function expectationColumns(reading: Reading): Column[] {
  const { targets, probs, ranks, surprise } = reading;
  const others = targets.map((id, t) => likeliest(probs[t]!, NUM_OTHERS, id)); // as many
  const symbolWidth = Math.max(...others.flat().map((id) => columnsOf(shownToken(reading, id))));
  const shownOther = (t: number) => (id: number) => {
    const symbol = shownToken(reading, id);
    const space = " ".repeat(symbolWidth - columnsOf(symbol));
    return `${symbol}${space} ${percentage(probs[t]![id]!).padStart(4)}`; // an id of the vocabulary
  };
  const right = (head: string, cells: string[]): Column => ({ head, cells, align: "right" });
  return [
    ...textColumns(reading),
    right("prob", targets.map((id, t) => `${percentage(probs[t]![id]!)}%`)), // likewise
    right("rank", ranks.map(String)),
    right("bits", surprise.map((bits) => bits.toFixed(2))),
    { head: "others, %", cells: others.map((ids, t) => ids.map(shownOther(t)).join("  ")) },
  ];
}

/**
 * The last character of the text so far as people see it: a column of its own where tokens are
 * parts of characters, such as letters of Hangul, marks or bytes.
 */
function textColumns(reading: Reading): Column[] {
  const { tokenizer, targets, form } = reading;
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  const cells = targets.map((id, t) => {
    if (id === tokenizer.bos) return "";
    const text = shownText(tokenizer.decode(targets.slice(0, t + 1)), form);
    const last = [...segmenter.segment(text)].at(-1)?.segment ?? "";
    const isWhole = !last.includes("\ufffd"); // a replacement: bytes that are not UTF-8 as yet
    return isWhole ? shownSymbol(last.replace(/(?<=.)\u200d$/u, "")) : "";
  });
  const isPlain = cells.every((cell, t) =>
    cell === "" || cell === shownToken(reading, targets[t]!)
  ); // as many
  return isPlain ? [] : [{ head: "text", cells }];
}

/**
 * A column per head: a digit per token that it can look at. A head with too many of them for the
 * width goes on in another column.
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
