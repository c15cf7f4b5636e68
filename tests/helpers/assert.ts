/**
 * Assertions that the standard library does not have: numbers that are close,
 * and errors of exactly one class with exactly one message.
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";

/** Fails unless |actual - expected| <= tolerance; NaN is close to nothing. */
export function assertClose(
  actual: number,
  expected: number,
  tolerance: number,
  what: string,
): void {
  const diff = Math.abs(actual - expected);
  if (!(diff <= tolerance)) {
    throw new Error(
      `${what}: ${actual} is not ${expected}: they differ by ${diff}, at most ${tolerance} is allowed`,
    );
  }
}

/** Fails unless two lists are as long, and close to each other one by one. */
export function assertAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assertEquals(actual.length, expected.length, `${what}: length`);
  for (let i = 0; i < actual.length; i++) {
    assertClose(actual[i]!, expected[i]!, tolerance, `${what}[${i}]`); // i < length
  }
}

/** Fails unless two lists are as long, and differ by no more than a part of the largest number. */
export function assertRelative(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  const largest = Array.from(expected).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  assertAllClose(actual, expected, tolerance * largest, what);
}

/** A class of errors. */
// deno-lint-ignore no-explicit-any -- what a constructor takes does not matter
export type ErrorClass = new (...args: any[]) => Error;

/** Fails unless `call` throws an error of just this class with just this message. */
export function assertFails(call: () => unknown, ErrorClass: ErrorClass, message: string): void {
  checkError(assertThrows(call), ErrorClass, message);
}

/** Fails unless `call` rejects with an error of just this class with just this message. */
export async function assertFailsLater(
  call: () => Promise<unknown>,
  ErrorClass: ErrorClass,
  message: string,
): Promise<void> {
  checkError(await assertRejects(call), ErrorClass, message);
}

function checkError(error: unknown, ErrorClass: ErrorClass, message: string): void {
  const { name, constructor, message: actual } = error as Error; // thrown by our own code
  assertEquals(actual, message);
  assertEquals(constructor, ErrorClass, `${name} instead of ${ErrorClass.name}`);
}
