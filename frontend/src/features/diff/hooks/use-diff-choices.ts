import { useState } from "react";
import * as z from "zod/mini";
import { readStored, writeStored } from "@/lib/storage";
import type { DiffMode } from "../rows";

const modeChoice = z.enum(["unified", "split"]);
const whitespaceChoice = z.enum(["show", "hide"]);
const splitNeeds = 960;

/** How the diff is shown, as this browser's user chose it. */
export function useDiffChoices() {
  const [wanted, setWanted] = useState<DiffMode>(() => readStored("diff", modeChoice) ?? "split");
  const [whitespace, setWhitespace] = useState(() => readStored("diff.whitespace", whitespaceChoice) ?? "show");
  const chooseMode = (mode: DiffMode) => {
    writeStored("diff", mode);
    setWanted(mode);
  };
  const hidesWhitespace = whitespace === "hide";
  const toggleWhitespace = () => {
    const next = hidesWhitespace ? "show" : "hide";
    writeStored("diff.whitespace", next);
    setWhitespace(next);
  };
  return { wanted, chooseMode, hidesWhitespace, toggleWhitespace };
}

/** Whether there is room for two sides. */
export function canSplit(width: number): boolean {
  return width >= splitNeeds;
}
