/**
 * CPython's `random` module: the Mersenne Twister MT19937, seeded as by `random.seed(int)`, and the
 * functions that microgpt.py calls. All but `gauss()` are equal bit for bit; its last bit can
 * differ, as platforms round `log` and `cos` differently. Seed 42 gives the shuffle, the initial
 * weights and the samples that `random.seed(42)` gives in Python 3.11.
 *
 * What it does not do: seeds that are not integers, cryptography.
 *
 * @example The same numbers as Python
 * ```ts
 * import { Random } from "@x/microgpt/random";
 * import { assertEquals } from "@std/assert";
 *
 * const random = new Random(42); // >>> random.seed(42)
 * assertEquals(random.random(), 0.6394267984578837); // >>> random.random()
 * assertEquals(random.getrandbits(8), 6); // >>> random.getrandbits(8)
 * ```
 *
 * @module
 */

const N = 624;
const M = 397;

/** A snapshot of the generator. */
export interface RandomState {
  /** 624 words, and the index of the next one to be used. */
  readonly words: Uint32Array;
  /** The second number of the pair that `gauss()` makes, if it has not been used. */
  readonly gaussNext: number | undefined;
}

/**
 * A generator of random numbers.
 *
 * Sources: Matsumoto and Nishimura, "Mersenne Twister" (1998);
 * CPython 3.11 `Modules/_randommodule.c` and `Lib/random.py`.
 */
export class Random {
  /** The 624 words of the generator's state. */
  #words = new Uint32Array(N);
  /** The numbers made from it, N at a time. */
  #numbers = new Uint32Array(N);
  /** The index of the next number; N when all are used. */
  #index = N;
  /** The second number of the pair that {@linkcode gauss} makes, if it has not been used. */
  #gaussNext: number | undefined;

  /**
   * Seeds the generator as `random.seed(seed)` does with an integer.
   *
   * @param seed Any integer; its sign is ignored, as in CPython.
   * @throws {RangeError} If a number is given that is not a safe integer.
   */
  constructor(seed: number | bigint) {
    if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
      throw new RangeError(
        `Cannot seed the random numbers: the seed must be an integer: it is ${seed}`,
      );
    }
    this.#initByArray(wordsOf(BigInt(seed)));
  }

  /** Returns the state: the second and third item of `random.getstate()`. */
  getstate(): RandomState {
    const words = new Uint32Array(N + 1);
    words.set(this.#words);
    words[N] = this.#index;
    return { words, gaussNext: this.#gaussNext };
  }

  /**
   * Restores a state: `random.setstate(state)`.
   *
   * @param state A result of `getstate()`.
   * @throws {RangeError} If no generator can be in this state.
   */
  setstate({ words, gaussNext }: RandomState): void {
    const index = words[N];
    const isState = words.length === N + 1 && index !== undefined && index <= N &&
      words.subarray(0, N).some((word) => word !== 0) &&
      (gaussNext === undefined || Number.isFinite(gaussNext));
    if (!isState) {
      throw new RangeError(
        `Cannot set the state of the random numbers: ${N} words are wanted, not all 0, ` +
          `then an index from 0 to ${N}, and a finite number or none`,
      );
    }
    this.#words.set(words.subarray(0, N));
    this.#temper();
    this.#index = index;
    this.#gaussNext = gaussNext;
  }

  /** `init_genrand` of `_randommodule.c`: the state from one word. */
  #initGenrand(word: number): void {
    const mt = this.#words;
    let last = mt[0] = word;
    for (let i = 1; i < N; i++) {
      last = Math.imul(1812433253, last ^ (last >>> 30)) + i;
      mt[i] = last;
    }
    this.#index = N;
  }

  /** `init_by_array` of `_randommodule.c`: the state from the words of the seed. */
  #initByArray(key: readonly number[]): void {
    this.#initGenrand(19650218);
    const mt = this.#words;
    let i = 1, j = 0;
    let last = mt[0]!; // N words, here and below
    const mix = (factor: number, addend: number) => {
      last = (mt[i]! ^ Math.imul(last ^ (last >>> 30), factor)) + addend;
      mt[i] = last;
      if (++i >= N) {
        mt[0] = last;
        i = 1;
      }
    };
    for (let k = Math.max(N, key.length); k > 0; k--) {
      mix(1664525, key[j]! + j); // j < key.length
      j = (j + 1) % key.length;
    }
    for (let k = N - 1; k > 0; k--) mix(1566083941, -i);
    mt[0] = 0x80000000;
  }

  /** `genrand_uint32` of `_randommodule.c`, first half, for the next N numbers. */
  #twist(): void {
    const mt = this.#words;
    let word = mt[0]!; // N words, here and below
    for (let k = 0; k < N; k++) {
      const next = mt[(k + 1) % N]!;
      const y = (word & 0x80000000) | (next & 0x7fffffff);
      mt[k] = mt[(k + M) % N]! ^ (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
      word = next;
    }
    this.#temper();
    this.#index = 0;
  }

  /** Its second half: the numbers of N words. */
  #temper(): void {
    const mt = this.#words, numbers = this.#numbers;
    for (let k = 0; k < N; k++) {
      let y = mt[k]!; // N words
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      numbers[k] = y ^ (y >>> 18);
    }
  }

  /** Draws 32 random bits. */
  #uint32(): number {
    if (this.#index >= N) this.#twist();
    return this.#numbers[this.#index++]!; // index < N
  }

  /** Draws a number in [0, 1) with 53 random bits: `random.random()`. */
  random(): number {
    const a = this.#uint32() >>> 5;
    const b = this.#uint32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  /**
   * Draws an integer of `k` random bits: `random.getrandbits(k)`.
   *
   * @param k The number of bits, from 0 to 53 (a number holds no more exactly).
   * @throws {RangeError} If `k` is not an integer from 0 to 53.
   */
  getrandbits(k: number): number {
    if (!Number.isInteger(k) || k < 0 || k > 53) {
      throw new RangeError(
        `Cannot draw random bits: their number must be an integer from 0 to 53: it is ${k}`,
      );
    }
    if (k === 0) return 0;
    if (k <= 32) return this.#uint32() >>> (32 - k);
    const low = this.#uint32();
    return (this.#uint32() >>> (64 - k)) * 2 ** 32 + low;
  }

  /**
   * Draws an integer in [0, n), all equally likely: `random._randbelow(n)`.
   *
   * @param n The bound, from 1 to 2⁵³ - 1.
   * @throws {RangeError} If `n` is not an integer from 1 to 2⁵³ - 1.
   */
  randbelow(n: number): number {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new RangeError(
        `Cannot draw an integer below n: n must be a positive integer: it is ${n}`,
      );
    }
    const k = bitLength(n);
    let r = this.getrandbits(k);
    while (r >= n) r = this.getrandbits(k);
    return r;
  }

  /**
   * Shuffles in place: `random.shuffle(x)`.
   *
   * @param x An array, or a typed array of indices.
   */
  shuffle<T>(x: { readonly length: number; [index: number]: T }): void {
    for (let i = x.length - 1; i > 0; i--) {
      // randbelow(i + 1) without its checks, and inlined, since most of the shuffle of names.txt is
      // over before calls are compiled: 2 ms instead of 4.
      const unused = Math.clz32(i + 1);
      let j: number;
      do {
        if (this.#index >= N) this.#twist();
        j = this.#numbers[this.#index++]! >>> unused; // index < N
      } while (j > i);
      const xi = x[i]!; // j <= i < length
      x[i] = x[j]!;
      x[j] = xi;
    }
  }

  /**
   * Draws a number from the normal distribution: `random.gauss(mu, sigma)`.
   *
   * The transform of Box and Muller makes two numbers at a time; the second is kept for the next
   * call.
   *
   * @param mu The mean.
   * @param sigma The standard deviation.
   */
  gauss(mu = 0, sigma = 1): number {
    let z = this.#gaussNext;
    this.#gaussNext = undefined;
    if (z === undefined) {
      const angle = this.random() * (2 * Math.PI);
      const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
      z = Math.cos(angle) * radius;
      this.#gaussNext = Math.sin(angle) * radius;
    }
    return mu + z * sigma;
  }

  /**
   * Draws an index with the given weights: `random.choices(range(len(weights)), weights)[0]`.
   *
   * @param weights One per index: finite, none negative, not all zero. They need not sum to 1.
   * @returns An index into `weights`.
   * @throws {RangeError} If the sum of the weights is not a positive finite number.
   */
  weightedIndex(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i]!;
    if (!(total > 0 && total < Infinity)) {
      throw new RangeError(
        `Cannot choose: the sum of the weights must be positive and finite: it is ${total}`,
      );
    }
    const x = this.random() * total;
    let sum = 0;
    for (let i = 0; i < weights.length - 1; i++) {
      sum += weights[i]!;
      if (x < sum) return i;
    }
    return weights.length - 1;
  }

  /**
   * Draws `k` elements of a population with replacement: `random.choices(population, weights, k=k)`.
   *
   * @param population The elements.
   * @param weights One per element, see {@linkcode Random.weightedIndex}; without them all are
   * equally likely.
   * @param k The number of elements to draw.
   * @returns The `k` elements.
   * @throws {RangeError} If the sum of the weights is not a positive finite number.
   * @throws {TypeError} If the number of weights is not that of the elements, or there are no elements.
   */
  choices<T>(
    population: readonly T[],
    weights?: ArrayLike<number>,
    k = 1,
  ): T[] {
    const n = population.length;
    if (n === 0 || (weights !== undefined && weights.length !== n)) {
      throw new TypeError(
        `Cannot choose: one weight is needed for each element and one element at least: ` +
          `there are ${n} elements and ${weights?.length ?? "no"} weights`,
      );
    }
    const draw = weights === undefined
      ? () => Math.floor(this.random() * n)
      : () => this.weightedIndex(weights);
    return Array.from({ length: k }, () => population[draw()]!); // draw() < n
  }
}

/** Splits |seed| into 32-bit words, the least significant first, at least one. */
function wordsOf(seed: bigint): number[] {
  let rest = seed < 0n ? -seed : seed;
  const words: number[] = [];
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

/** Counts the bits of n: Python's `n.bit_length()`. */
function bitLength(n: number): number {
  return n < 2 ** 32 ? 32 - Math.clz32(n) : 64 - Math.clz32(Math.floor(n / 2 ** 32));
}
