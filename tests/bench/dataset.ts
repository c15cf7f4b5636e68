/** The list that the benchmarks train on. */

const DATASETS = new URL("../../datasets/", import.meta.url);

/** The path of names.txt; where it has not been fetched yet, of the English names. */
export function datasetUrl(): URL {
  const names = new URL("names.txt", DATASETS);
  try {
    Deno.statSync(names);
    return names;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return new URL("english_names.txt", DATASETS);
  }
}
