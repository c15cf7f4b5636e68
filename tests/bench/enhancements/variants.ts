/**
 * The variants, in the order they were tried, with what came of each: the
 * verdicts are of several runs on a machine with other work to do.
 *
 * @module
 */

/** An enhancement. */
export interface Variant {
  /** Its file, without `.ts`; begins with its number. */
  name: string;
  /** The best kept before it, on which it builds. */
  on: string;
  /** Whose losses it has bit for bit, since it adds in the same order; else "". */
  bitsOf: string;
  kept: string;
  change: string;
  why: string;
}

/** The engine of the product, measured beside the variants. */
export const LIB = "lib";
/** microgpt.py as it is written, which the others are measured against. */
export const BASELINE = "0_baseline";

const TABLE = `
0_baseline       | 0_baseline       | 0_baseline | yes | microgpt.py as it is          | where we start
1_generation     | 0_baseline       | 0_baseline | yes | generation counter, no set    | no hash table of all nodes
2_direct         | 1_generation     | lib        | yes | direct neg, div; constants    | fewer nodes, and simpler
3a_shared_arrays | 2_direct         | lib        | yes | constant arrays made once     | half of the nodes are additions
3b_no_slices     | 3a_shared_arrays | lib        | no  | attention without slices      | in the noise
4a_unrolled      | 3a_shared_arrays | lib        | no  | linear unrolled               | in the noise: the nodes cost, not the loop
4b_nary          | 3a_shared_arrays | lib        | yes | one n-ary node a dot product  | 1 node for 31 in a row of 16
4c_nary_unrolled | 4b_nary          | lib        | no  | n-ary node unrolled           | no more than 4d, with code made at run time
4d_sized_arrays  | 4b_nary          | lib        | yes | arrays of dot pre-sized       | no growing, no copies
5a_presized      | 4d_sized_arrays  | lib        | no  | topological order pre-sized   | V8 grows arrays cheaply
5b_no_leaves     | 4d_sized_arrays  | lib        | yes | no leaves in the order        | most of what was put in order
6_kept_lists     | 5a_presized      | lib        | no  | lists kept across steps       | the last graph stays alive: more to collect
7a_pool          | 5b_no_leaves     | lib        | no  | pool of node objects          | no faster: the arrays are made anew
7b_tape          | 5b_no_leaves     |            | no  | tape of typed arrays          | by far the fastest, but no node to hold
8a_field_order   | 5b_no_leaves     | lib        | no  | fields in order of use        | in the noise: V8 boxes numbers anyway
8b_inline_fields | 5b_no_leaves     | lib        | no  | two children as fields        | in the noise: few such nodes are left
8c_private_pass  | 5b_no_leaves     | lib        | yes | #pass for pass                | costs nothing measurable, and hides it
9_creation_order | 5b_no_leaves     |            | no  | order of creation, no search  | pays, but the list must be cleared by hand
`;

/** All variants; the baseline first. */
export const VARIANTS: readonly Variant[] = TABLE.trim().split("\n").map((line) => {
  const cells = line.split("|").map((cell) => cell.trim());
  const [name = "", on = "", bitsOf = "", kept = "", change = "", why = ""] = cells;
  return { name, on, bitsOf, kept, change, why };
});
