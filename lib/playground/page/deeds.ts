/**
 * The deeds of a visitor: the tour asks for them, and says what has come of them.
 *
 * @module
 */

/** Something that has been done. */
export type Deed =
  /** Texts were written. */
  | { readonly kind: "wrote"; readonly count: number; readonly numNew: number }
  /** The temperature was dragged; the likeliest letter is named. */
  | {
    readonly kind: "heated";
    readonly temperature: number;
    readonly likeliest: string;
    readonly odds: number;
  }
  /** A head was picked; the letter that it looks at most is named. */
  | {
    readonly kind: "picked head";
    readonly head: number;
    readonly from: string;
    readonly to: string;
    readonly weight: number;
  }
  /** Two runs were drawn on one plot. */
  | { readonly kind: "compared" };
