/**
 * The two main axes of points in many dimensions: principal component analysis by power iteration.
 * Vectors have n numbers, matrices n rows of n: what `!` stands behind is an index within them.
 *
 * @module
 */

/** Iterations at most; each makes the largest component larger by the ratio of the two largest. */
const MAX_ITERATIONS = 300;

/** An axis that turns by less than this, squared, has been found. */
const TOLERANCE = 1e-12;

/** Two axes at right angles, and what they show. */
export interface Axes {
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Their origin, which is the mean of the points. */
  readonly mean: Float64Array;
  /** The part of the points' spread that lies along them. */
  readonly share: number;
}

/**
 * Finds the two axes along which points are spread most.
 *
 * @param points The points, one after the other.
 * @param n The number of dimensions.
 * @param before Axes to which these are turned, in their plane, so that a picture does not jump.
 */
export function mainAxes(points: ArrayLike<number>, n: number, before?: Axes): Axes {
  const mean = meanOf(points, n);
  const covariance = covarianceOf(points, mean);
  const total = diagonalOf(covariance, n);
  const first = largest(covariance, before?.first ?? unit(n, 0));
  const firstSpread = deflate(covariance, first);
  const second = orthogonal(largest(covariance, before?.second ?? unit(n, 1)), first);
  const secondSpread = deflate(covariance, second);
  const share = total === 0 ? 1 : (firstSpread + secondSpread) / total;
  const axes = { first, second, mean, share };
  return before === undefined ? axes : turnedTo(before, axes);
}

/**
 * Projects points onto axes.
 *
 * @returns x and y of each point in turn.
 */
export function projected(points: ArrayLike<number>, { first, second, mean }: Axes): Float32Array {
  const n = mean.length;
  const xy = new Float32Array(2 * points.length / n);
  for (let i = 0; i < points.length; i++) {
    const d = i % n, at = 2 * Math.floor(i / n);
    const value = points[i]! - mean[d]!;
    xy[at]! += value * first[d]!;
    xy[at + 1]! += value * second[d]!;
  }
  return xy;
}

function meanOf(points: ArrayLike<number>, n: number): Float64Array {
  const mean = new Float64Array(n);
  for (let i = 0; i < points.length; i++) mean[i % n]! += points[i]! * n / points.length;
  return mean;
}

/** The covariances of the dimensions, times the number of points: [n][n]. */
function covarianceOf(points: ArrayLike<number>, mean: Float64Array): Float64Array {
  const n = mean.length;
  const covariance = new Float64Array(n * n);
  for (let start = 0; start < points.length; start += n) {
    for (let i = 0; i < n; i++) {
      const x = points[start + i]! - mean[i]!;
      for (let j = 0; j < n; j++) {
        covariance[i * n + j]! += x * (points[start + j]! - mean[j]!);
      }
    }
  }
  return covariance;
}

function diagonalOf(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i]!;
  return sum;
}

/** Finds the eigenvector of the largest eigenvalue. */
function largest(matrix: Float64Array, start: Float64Array): Float64Array {
  // A start at a right angle to it would never find it: a little of everything is added.
  let axis = normalized(start.map((x, i) => x + 0.01 * Math.cos(i + 1)));
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const next = normalized(times(matrix, axis));
    const turn = next.reduce((sum, x, d) => sum + (x - axis[d]!) ** 2, 0);
    axis = next;
    if (turn < TOLERANCE) break;
  }
  return axis;
}

/** Takes an axis out of a covariance matrix; returns the spread along it. */
function deflate(matrix: Float64Array, axis: Float64Array): number {
  const n = axis.length;
  const spread = dot(axis, times(matrix, axis));
  for (let i = 0; i < n * n; i++) {
    matrix[i]! -= spread * axis[Math.floor(i / n)]! * axis[i % n]!;
  }
  return spread;
}

/** Turns axes in their plane, and mirrors them, to come nearest to others. */
function turnedTo(before: Axes, axes: Axes): Axes {
  const { first } = axes;
  const overlap = (a: Float64Array, b: Float64Array) => dot(a, b);
  const isMirrored = overlap(first, before.first) * overlap(axes.second, before.second) <
    overlap(first, before.second) * overlap(axes.second, before.first);
  const second = isMirrored ? axes.second.map((x) => -x) : axes.second;
  const angle = Math.atan2(
    overlap(second, before.first) - overlap(first, before.second),
    overlap(first, before.first) + overlap(second, before.second),
  );
  const cos = Math.cos(angle), sin = Math.sin(angle);
  return {
    ...axes,
    first: first.map((x, d) => cos * x + sin * second[d]!),
    second: second.map((y, d) => cos * y - sin * first[d]!),
  };
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * n, (i + 1) * n), vector));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

function normalized(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((x) => x / length);
}

function orthogonal(vector: Float64Array, to: Float64Array): Float64Array {
  const along = dot(vector, to);
  return normalized(vector.map((x, i) => x - along * to[i]!));
}

function unit(n: number, d: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => Number(i === d));
}
