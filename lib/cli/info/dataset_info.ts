/**
 * What `microgpt info` tells of a data set, and what it advises.
 *
 * @module
 */

import { DEFAULT_SIZES } from "../../config.ts";
import type { Facts } from "../commands/info.ts";
import { loadTrainingData, newTokenizer } from "../training/training_data.ts";

/** What the documents of a data set are like. */
interface Statistics {
  readonly texts: readonly string[];
  readonly numUnique: number;
  /** How often each character occurs, the most frequent first. */
  readonly counts: ReadonlyMap<string, number>;
  /** The lengths of all documents in characters, ascending. */
  readonly lengths: Uint32Array;
}

/** No more characters are listed. */
const MANY = 20;

/** With fewer documents a model learns them by heart. */
const FEW = 300;

/**
 * The facts about a data set, and advice.
 *
 * @param path The file, or `-` for stdin.
 * @throws {Error} If it cannot be read, there is nothing in it, or it is not text.
 */
export async function datasetFacts(path: string): Promise<Facts> {
  const ignore = () => {};
  const data = await loadTrainingData(
    { dataset: path, preset: undefined },
    undefined,
    ignore,
    ignore,
  );
  await newTokenizer(data, "char"); // throws where it is not UTF-8
  const statistics = statisticsOf([...data.docs]);
  const { texts, numUnique, counts, lengths } = statistics;
  const numCharacters = lengths.reduce((sum, length) => sum + length, 0);
  return [
    ["kind", "data set"],
    ["num docs", texts.length],
    ["num duplicates", texts.length - numUnique],
    ["num characters", numCharacters],
    ["vocab size", counts.size + 1],
    ["characters", Object.fromEntries(counts)],
    ["shortest", lengths[0]!], // there is a document, here and below
    ["mean length", Number((numCharacters / texts.length).toFixed(2))],
    ["median length", lengths[lengths.length >> 1]!],
    ["longest", lengths.at(-1)!],
    ["share cut by block size", Number(shareCut(lengths, DEFAULT_SIZES.blockSize).toFixed(4))],
    ["advice", adviceFor(statistics)],
  ];
}

function statisticsOf(texts: readonly string[]): Statistics {
  const counts = new Map<string, number>();
  const lengths = new Uint32Array(texts.length);
  texts.forEach((text, i) => {
    for (const character of text) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
      lengths[i]!++; // i < length
    }
  });
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    texts,
    numUnique: new Set(texts).size,
    counts: new Map(byCount),
    lengths: lengths.sort(),
  };
}

/** How many of the documents have an end that a model with this context never sees. */
function shareCut(lengths: Uint32Array, blockSize: number): number {
  return lengths.filter((length) => length >= blockSize).length / lengths.length;
}

/** What one would do with such a data set. */
function adviceFor({ texts, numUnique, counts, lengths }: Statistics): string[] {
  const characters = [...counts.keys()];
  const advice: string[] = [];
  const longest = lengths.at(-1)!; // there is a document
  if (longest >= DEFAULT_SIZES.blockSize) {
    const most = lengths[Math.ceil(0.99 * lengths.length) - 1]! + 1; // in bounds
    const enough = most < longest + 1 ? `, ${most} for 99 % of them` : "";
    advice.push(`--block-size ${longest + 1} holds all documents to their end${enough}`);
  }
  const isHangul = (text: string) => /\p{Script=Hangul}/u.test(text);
  if (texts.some((text) => !isHangul(text) && text !== text.normalize("NFC"))) {
    advice.push("--normalize nfc makes one character of some letters and their marks");
  }
  if (
    characters.some((character) => isHangul(character) && character !== character.normalize("NFD"))
  ) {
    advice.push("--normalize nfd lets Hangul be learned letter by letter, not by syllables");
  }
  const lower = new Set(characters.map((character) => character.toLowerCase()));
  if (lower.size < characters.length) {
    advice.push(
      `--lowercase leaves ${lower.size} characters to learn, not ${characters.length}`,
    );
  }
  const rare = [...counts].filter(([, count]) => count < 3).map(([character]) => character);
  if (rare.length > 0) {
    const more = rare.length > MANY ? ` and ${rare.length - MANY} more` : "";
    advice.push(
      `characters that occur once or twice cannot be learned: ${
        rare.slice(0, MANY).join(" ")
      }${more}`,
    );
  }
  if (numUnique < FEW) {
    advice.push(
      `there are few different documents, ${numUnique}: the model may learn them by heart`,
    );
  }
  return advice;
}
