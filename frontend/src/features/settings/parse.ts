/** How what is typed into a settings form becomes what the server takes, and what is said where it cannot. */
import * as z from "zod/mini";

/** A text without the blanks around it. */
export const trimmed = z.pipe(
  z.string(),
  z.transform((text) => text.trim()),
);

/** A text that must not be empty. */
export function required(message: string) {
  return z.pipe(z.string().check(z.refine((text) => text.trim() !== "", message)), trimmed);
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number) {
  const message = `A whole number from ${min} to ${max.toLocaleString("en")}.`;
  return z.pipe(z.string().check(z.refine((text) => isWhole(text, min, max), message)), z.transform(Number));
}

/** A whole number within bounds, or nothing. */
export function maybeWholeNumber(min: number, max: number) {
  const message = `A whole number from ${min} to ${max.toLocaleString("en")}, or nothing.`;
  const isGood = (text: string) => text.trim() === "" || isWhole(text, min, max);
  return z.pipe(
    z.string().check(z.refine(isGood, message)),
    z.transform((text) => (text.trim() === "" ? null : Number(text))),
  );
}

/** An amount of dollars, or nothing. */
export const maybeDollars = z.pipe(
  z.string().check(
    z.refine((text) => text.trim() === "" || (/^\d+(\.\d+)?$/.test(text.trim()) && Number(text) > 0), {
      message: "An amount such as 2.50, or nothing.",
    }),
  ),
  z.transform((text) => (text.trim() === "" ? null : Number(text))),
);

/** One entry a line; blank lines count for nothing. */
export const lines = z.pipe(z.string(), z.transform(splitLines));

/** `NAME=value`, one a line. */
export const environment = z.pipe(
  z.string().check(
    z.refine((text) => splitLines(text).every((line) => /^[^=\s][^=]*=/.test(line)), {
      message: "One variable a line, as NAME=value.",
    }),
  ),
  z.transform((text) => Object.fromEntries(splitLines(text).map(splitVariable))),
);

/** A variable a line, as the form shows them. */
export function showEnvironment(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

function isWhole(text: string, min: number, max: number): boolean {
  return /^\d+$/.test(text.trim()) && Number(text) >= min && Number(text) <= max;
}

function splitLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function splitVariable(line: string): [string, string] {
  const at = line.indexOf("=");
  return [line.slice(0, at).trim(), line.slice(at + 1)];
}
