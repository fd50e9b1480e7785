import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { findFasterAnswer, resolveApproval } from "@/api/approvals";
import { errorMessage } from "@/api/errors";
import type { Ask } from "@/api/asks";
import type { ResolveApproval, ResolveQuestion } from "@/api/generated/types";
import { resolveQuestion } from "@/api/questions";
import { noteAnswer } from "./use-answer-keys";

export type Answering =
  | { type: "open" }
  | { type: "sending" }
  /** Stored; what is shown follows. */
  | { type: "sent" }
  /** Refused: the form stays, with the reason. */
  | { type: "failed"; message: string }
  /** Somebody else was faster, or the agent took it back. */
  | { type: "late"; message: string };

/** Answers one ask, once. */
export function useAnswer(ask: Ask) {
  const client = useQueryClient();
  const [state, setState] = useState<Answering>({ type: "open" });
  const send = async (work: () => Promise<unknown>) => {
    if (state.type === "sending" || state.type === "sent") return;
    noteAnswer();
    setState({ type: "sending" });
    try {
      await work();
      setState({ type: "sent" });
    } catch (error) {
      const isLate = findFasterAnswer(error) !== undefined;
      setState({ type: isLate ? "late" : "failed", message: errorMessage(error) });
      if (isLate) readAgain();
    }
  };
  const readAgain = () => {
    void client.invalidateQueries({ queryKey: [ask.type, ask.id] });
    void client.invalidateQueries({ queryKey: [`${ask.type}s`, "pending"] });
  };
  return {
    state,
    isBusy: state.type === "sending" || state.type === "sent" || state.type === "late",
    resolve: (body: ResolveApproval) => void send(() => resolveApproval(client, ask.id, body)),
    resolveQuestion: (body: ResolveQuestion) => void send(() => resolveQuestion(client, ask.id, body)),
  };
}

export type Answer = ReturnType<typeof useAnswer>;
