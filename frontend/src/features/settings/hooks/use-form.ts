import { type SyntheticEvent, useState } from "react";
import * as z from "zod/mini";
import { ApiError, errorMessage } from "@/api/errors";
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
  /** Which field of the form stands for a field that the server refuses, where their names differ. */
  serverFields?: Readonly<Record<string, keyof Draft & string>>;
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
  const { initial, schema, isNew = false, serverFields = {}, save } = options;
  const [stored, setStored] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const { errors, setErrors, tellRefusal } = useErrors(serverFields);
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
    setErrors(new Map(parsed.error?.issues.map((issue) => [issue.path.join("."), issue.message])));
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
      setStatus(tellRefusal(error) ? { type: "editing" } : { type: "failed", message: errorMessage(error) });
    }
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
    errorAt: (path: string) => errors.get(path),
    status,
    isDirty,
    canSave: isDirty || isNew,
    submit: (event: SyntheticEvent) => {
      event.preventDefault();
      void send();
    },
    reset,
  };
}

/** What is wrong with which field. */
function useErrors(serverFields: Readonly<Record<string, string>>) {
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const tellRefusal = (error: unknown): boolean => {
    const field = serverFields[refusedField(error) ?? ""];
    if (field !== undefined) setErrors(new Map([[field, errorMessage(error)]]));
    return field !== undefined;
  };
  return { errors, setErrors, tellRefusal };
}

const refusal = z.object({ field: z.string() });

/** The field that the server refuses, where it names one. */
function refusedField(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.failure.type !== "refused") return undefined;
  return refusal.safeParse(error.failure.details).data?.field;
}
