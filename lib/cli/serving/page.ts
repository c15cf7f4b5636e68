/**
 * The playground's page, as the package and the executable have it.
 *
 * @module
 */

import { NAMES_PATH, readDataset } from "../../files/dataset.ts";
import { HTML, packed } from "../../text/packing.ts";

/** The mark of a playground page, also of another version. */
const MARK = "<title>microgpt playground</title>";

/** The end of the page's first list, where others can be put. */
const FIRST_LIST_END = "</template>";

/** Loads the page. */
export async function loadPage(): Promise<string> {
  // Dynamic: JSR's registry would refuse a static import of a text.
  const { default: page } = await import("../../playground/page.html", { with: { type: "text" } });
  return page;
}

/** Tells if a text is a playground page. */
export function isPage(text: string): boolean {
  return text.includes(MARK);
}

/**
 * Adds the list of the original to the page, if it is in the working directory.
 *
 * @param page The page.
 */
export async function withNames(page: string): Promise<string> {
  const bytes = await readDataset(NAMES_PATH).catch(() => undefined);
  if (bytes === undefined) return page;
  const names = await packed(bytes.slice(), HTML);
  const end = page.indexOf(FIRST_LIST_END) + FIRST_LIST_END.length;
  const list = `<template data-list="${NAMES_PATH}" data-title="names.txt">${names}</template>`;
  return `${page.slice(0, end)}\n${list}${page.slice(end)}`;
}
