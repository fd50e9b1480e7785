import { useState } from "react";
import * as z from "zod/mini";
import { readStored, writeStored } from "@/lib/storage";
import type { DiffMode } from "../rows";

const modeChoice = z.enum(["unified", "split"]);
const splitNeeds = 960;

/** How the diff is shown, as this browser's user chose it, and where there is room for it. */
export function useDiffChoices(width: number) {
  const [wanted, setWanted] = useState<DiffMode>(() => readStored("diff", modeChoice) ?? "split");
  const [hidesWhitespace, setHidesWhitespace] = useState(false);
  const chooseMode = (mode: DiffMode) => {
    writeStored("diff", mode);
    setWanted(mode);
  };
  const canSplit = width >= splitNeeds;
  const mode: DiffMode = canSplit ? wanted : "unified";
  return { mode, canSplit, hidesWhitespace, chooseMode, setHidesWhitespace };
}
