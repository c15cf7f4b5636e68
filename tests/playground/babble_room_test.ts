/** The room of the babble. */

import { assert, assertEquals } from "@std/assert";
import { babbleRoom } from "../../lib/playground/rooms/babble_room.ts";

/** A list in which all documents have a length. */
const allOf = (length: number) => [...Array(length).fill(0), 100];

Deno.test("babbleRoom() gives rows of one length the lines they take, and none to spare", () => {
  // Five names of 50 pixels with gaps of 10 take 290.
  assertEquals(babbleRoom(allOf(5), 10, 10, 290), { perRow: 1, spare: 0 });
  assertEquals(babbleRoom(allOf(5), 10, 10, 289), { perRow: 2, spare: 0 });
  assertEquals(babbleRoom(allOf(5), 10, 10, 109), { perRow: 5, spare: 0 });
  assertEquals(babbleRoom(allOf(20), 10, 10, 100), { perRow: 10, spare: 0 });
});

Deno.test("babbleRoom() has lines to spare where some rows need more, the same each time", () => {
  const lengths = [0, 0, 0, 10, 20, 50, 40, 20, 10, 5];
  const room = babbleRoom(lengths, 10, 10, 320);
  assertEquals(room, babbleRoom(lengths, 10, 10, 320));
  assertEquals(room.perRow, 1);
  assert(room.spare > 0 && room.spare < 13, `${room.spare}`);
  assertEquals(babbleRoom([], 10, 10, 320), { perRow: 1, spare: 0 }); // of an empty list
});
