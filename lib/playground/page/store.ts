/**
 * Runs and the session, kept in this browser (IndexedDB) so that they survive a reload.
 *
 * @module
 */

/// <reference lib="dom" />

import type {
  Babble,
  Pace,
  References,
  RunStart,
  RunState,
  Snapshot,
  ValidationReport,
} from "../shared/protocol.ts";
import type { Settings } from "../shared/settings.ts";
import { History, type Plan } from "./history.ts";
import { Series } from "./series.ts";
import { Signal } from "./signal.ts";

const DATABASE = "microgpt";

/** Increases with each change of the records; older ones are given up. */
const VERSION = 1;

const RUNS = "runs", SESSION = "session", PRESENT = "present";

/** The view that a visitor was looking at. */
export interface SavedSession extends Plan {
  readonly base: "auto" | "microgpt.py";
  readonly pace: Pace;
}

/** A run as it is kept. */
interface SavedRun extends Plan {
  readonly id: string;
  readonly start: RunStart;
  readonly suggested: Settings;
  readonly stepsBefore: number;
  readonly losses: Float64Array<ArrayBuffer>;
  readonly gradNorms: Float64Array<ArrayBuffer>;
  readonly validations: readonly ValidationReport[];
  readonly babble: readonly Babble[];
  readonly lengths: readonly number[];
  readonly references: References | undefined;
  readonly state: RunState;
  readonly problem: string | undefined;
  readonly snapshot: Snapshot | undefined;
}

/** Keeps runs. If the browser refuses, it says so, and all goes on without. */
export class Store {
  /** Something could not be kept; the text is for the visitor. */
  readonly failed: Signal<string> = new Signal();
  #database: Promise<IDBDatabase> | undefined;

  /** Begins to open the database, which takes a while. */
  constructor() {
    this.#open().catch(() => {}); // whoever reads or writes hears of it
  }

  /** All runs that are kept. */
  async runs(): Promise<History[]> {
    const records = await this.#read<SavedRun[]>(RUNS, (store) => store.getAll());
    return (records ?? []).map(restored);
  }

  /** A run that is kept. */
  async run(id: string): Promise<History | undefined> {
    const record = await this.#read<SavedRun>(RUNS, (store) => store.get(id));
    return record && restored(record);
  }

  /** The view that the visitor was looking at. */
  session(): Promise<SavedSession | undefined> {
    return this.#read<SavedSession>(SESSION, (store) => store.get(PRESENT));
  }

  /** Keeps a run in place of an older state of it. */
  keepRun(run: History): Promise<void> {
    return this.#write(RUNS, (store) => store.put(recordOf(run), run.id));
  }

  /** Forgets a run. */
  forgetRun(id: string): Promise<void> {
    return this.#write(RUNS, (store) => store.delete(id));
  }

  /** Keeps what the visitor is looking at. */
  keepSession(session: SavedSession): Promise<void> {
    return this.#write(SESSION, (store) => store.put(session, PRESENT));
  }

  async #read<T>(
    name: string,
    request: (store: IDBObjectStore) => IDBRequest,
  ): Promise<T | undefined> {
    try {
      const database = await this.#open();
      return await resultOf(request(database.transaction(name).objectStore(name))); // as it was written
    } catch {
      return undefined; // nothing is kept here: what is written next says so
    }
  }

  async #write(name: string, request: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    try {
      const database = await this.#open();
      const transaction = database.transaction(name, "readwrite");
      request(transaction.objectStore(name));
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
    } catch (error) {
      const isFull = error instanceof DOMException && error.name === "QuotaExceededError";
      this.failed.emit(
        isFull
          ? "This browser has no room left to keep the model. Download it to be safe."
          : "This browser does not keep models for this page. Download yours to be safe.",
      );
    }
  }

  #open(): Promise<IDBDatabase> {
    return this.#database ??= openDatabase();
  }
}

async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    const { result } = request;
    for (const name of result.objectStoreNames) result.deleteObjectStore(name);
    for (const name of [RUNS, SESSION]) result.createObjectStore(name);
  };
  const database = await resultOf(request);
  database.onversionchange = () => database.close(); // a newer page has been opened
  return database;
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Copies a run under another number. */
export function copied(run: History, copy: number): History {
  return restored({ ...recordOf(run), copy });
}

function recordOf(run: History): SavedRun {
  return {
    id: run.id,
    list: run.list,
    settings: run.settings,
    copy: run.copy,
    start: run.start,
    suggested: run.suggested,
    stepsBefore: run.losses.stepsBefore,
    losses: run.losses.values.slice(),
    gradNorms: run.gradNorms.values.slice(),
    validations: run.validations,
    babble: run.babble,
    lengths: run.lengths,
    references: run.references,
    state: run.state === "training" ? "paused" : run.state,
    problem: run.problem,
    snapshot: run.snapshot,
  };
}

function restored(record: SavedRun): History {
  const run = new History(record, record.start, record.suggested);
  run.losses = new Series(record.stepsBefore, record.losses);
  run.gradNorms = new Series(record.stepsBefore, record.gradNorms);
  run.validations.push(...record.validations);
  run.babble.splice(0, Infinity, ...record.babble);
  run.lengths.splice(0, Infinity, ...record.lengths);
  run.references = record.references;
  run.state = record.state;
  run.problem = record.problem;
  run.snapshot = record.snapshot;
  return run;
}
