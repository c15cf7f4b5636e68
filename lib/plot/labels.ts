/**
 * Labels one below the other that do not overlap.
 *
 * @module
 */

/**
 * Moves labels apart, each as little as may be, and keeps their order: the least squares of the
 * ways, by isotonic regression (Ayer et al. 1955, "pool adjacent violators").
 *
 * @param wanted Where the middle of each would be best, in any order.
 * @param min Where the middle of the first may be at the earliest.
 * @param max Where that of the last may be at the latest: `min + (wanted.length - 1) * gap`
 * or more.
 * @param gap How far apart two middles are at least.
 * @returns Where the middle of each is.
 */
export function spread(wanted: readonly number[], min: number, max: number, gap: number): number[] {
  const order = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]! || a - b); // keys of it
  // Without the gaps between them, places must only not fall: those that would are pooled.
  const pools: { sum: number; count: number }[] = [];
  order.forEach((label, rank) => {
    let pool = { sum: wanted[label]! - rank * gap, count: 1 };
    for (let last; (last = pools.at(-1)) && mean(last) > mean(pool); pools.pop()) {
      pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
    }
    pools.push(pool);
  });
  const places: number[] = [];
  const highest = max - (wanted.length - 1) * gap;
  pools.flatMap((pool) => Array<number>(pool.count).fill(mean(pool))).forEach((place, rank) => {
    places[order[rank]!] = Math.min(Math.max(place, min), highest) + rank * gap; // as many as labels
  });
  return places;
}

function mean({ sum, count }: { sum: number; count: number }): number {
  return sum / count;
}
