/**
 * Labels in a column that do not overlap.
 *
 * @module
 */

/**
 * Moves labels apart, each as little as possible, and keeps their order: least squares by isotonic
 * regression (Ayer et al. 1955, "pool adjacent violators").
 *
 * @param wanted The best place for the middle of each, in any order.
 * @param min The first place for a middle.
 * @param max The last one: `min + (wanted.length - 1) * gap` or more.
 * @param gap The least distance of two middles.
 * @returns The place of each.
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
