/**
 * Lists to learn: those that come with the page, and a visitor's own.
 *
 * @module
 */

/// <reference lib="dom" />

import type { PresetSettings } from "../../files/presets.ts";
import { sha256 } from "../shared/digest.ts";
import { frontDecoded } from "../shared/front_coding.ts";
import { ORIGINAL, type Settings } from "../shared/settings.ts";
import { HTML, unpacked } from "../../text/packing.ts";

/** A list to learn. */
export interface List {
  /** The name on the command line: of a preset, or of a file. */
  readonly name: string;
  /** The name on the page. */
  readonly title: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
  /** The settings of the preset of this name; `undefined` if it is a file. */
  readonly preset: PresetSettings | undefined;
  /** True if these are only the distinct documents of a list that is not here. */
  readonly isPartial?: boolean;
}

/** A list that comes with the page. */
export interface IncludedList {
  readonly name: string;
  readonly title: string;
  /** Loads it. */
  readonly load: () => Promise<List>;
}

/** The part to hold out, which the settings of the included lists leave open. */
const VAL_FRACTION = 0.1;

/** The largest included list, in bytes: names.txt has 228 kB. */
const MAX_INCLUDED = 1 << 22;

/**
 * Finds all lists of the page, in order. The build and the server put them there as
 * `<template data-list="NAME" data-title="TITLE">`, packed; those of the build have also
 * `data-settings="JSON"`, and are front coded.
 */
export function includedLists(): IncludedList[] {
  return Array.from(document.querySelectorAll("template"), ({ dataset, content }) => {
    const { list: name = "", title = "", settings, coding } = dataset;
    const preset: PresetSettings | undefined = settings && JSON.parse(settings); // the build's own
    const load = async () => {
      const bytes = await unpacked(content.textContent, HTML, MAX_INCLUDED);
      return newList(name, coding === undefined ? bytes : decoded(bytes), { title, preset });
    };
    return { name, title, load };
  });
}

function decoded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(frontDecoded(new TextDecoder().decode(bytes)));
}

/**
 * Makes a list.
 *
 * @param name Its name on the command line.
 * @param bytes The file.
 * @param more What is not as with a visitor's own list.
 */
export function newList(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  more: Partial<List> = {},
): List {
  return { name, title: name, bytes, sha256: sha256(bytes), preset: undefined, ...more };
}

/** The settings that suit a list, where they are known. */
export function presetSettings({ preset }: List): Settings | undefined {
  return preset && { ...ORIGINAL, valFraction: VAL_FRACTION, ...preset };
}
