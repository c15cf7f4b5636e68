/// <reference lib="dom" />

/**
 * The worker: everything that computes. Its first message brings the port to the page.
 *
 * @module
 */

import { answerCalls } from "./worker/answer.ts";

self.addEventListener("message", ({ ports: [port] }) => {
  if (port !== undefined) answerCalls(port);
}, { once: true });
