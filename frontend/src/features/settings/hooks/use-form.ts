import { type SyntheticEvent, useState } from "react";
import type * as z from "zod/mini";
import { errorMessage } from "@/api/errors";
import { useUnsaved } from "./unsaved";

export type FormStatus =
  | { type: "editing" }
  | { type: "sending" }
  | { type: "saved" }
  | { type: "failed"; message: string };

type FormOptions<Draft, Request> = {
  /** What the server has, as the form shows it. */
  initial: Draft;
  schema: z.ZodMiniType<Request, Draft>;
  /** Whether the server has nothing of it yet: then it can be stored as it stands. */
  isNew?: boolean;
  /** Stores it, and returns what the server has now, and what to do then. */
  save: (request: Request) => Promise<{ draft: Draft; after?: () => void }>;
};

/** What the foot of a form needs to know. */
export type FormState = {
  status: FormStatus;
  isDirty: boolean;
  /** Whether there is something to store. */
  canSave: boolean;
  submit: (event: SyntheticEvent) => void;
  reset: () => void;
};

/** A form over what the server has: what was typed, what is wrong with it, and how storing it went. */
export function useForm<Draft extends object, Request>(options: FormOptions<Draft, Request>) {
  const { initial, schema, isNew = false, save } = options;
  const [stored, setStored] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [status, setStatus] = useState<FormStatus>({ type: "editing" });
  const isDirty = JSON.stringify(stored) !== JSON.stringify(draft);
  const tellStored = useUnsaved(isDirty);
  const change = (part: Partial<Draft>) => {
    setDraft((old) => ({ ...old, ...part }));
    setStatus({ type: "editing" });
  };
  const send = async () => {
    if (status.type === "sending") return;
    const parsed = schema.safeParse(draft);
    setErrors(new Map(parsed.error?.issues.map((issue) => [String(issue.path[0]), issue.message])));
    if (!parsed.success) return setStatus({ type: "editing" });
    setStatus({ type: "sending" });
    try {
      const now = await save(parsed.data);
      setStored(now.draft);
      setDraft(now.draft);
      setStatus({ type: "saved" });
      tellStored();
      now.after?.();
    } catch (error) {
      setStatus({ type: "failed", message: errorMessage(error) });
    }
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void send();
  };
  const reset = () => {
    setDraft(stored);
    setErrors(new Map());
    setStatus({ type: "editing" });
  };
  return {
    draft,
    change,
    error: (field: keyof Draft & string) => errors.get(field),
    status,
    isDirty,
    canSave: isDirty || isNew,
    submit,
    reset,
  };
}
