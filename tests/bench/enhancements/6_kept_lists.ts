/** (6) The lists of (5a) are made once and used by every step. */

import { Presized } from "./5a_presized.ts";

class KeptLists extends Presized {
  readonly #lists = super.lists();

  protected override lists() {
    return this.#lists;
  }
}

export const autograd = new KeptLists();
