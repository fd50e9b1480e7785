import type { KeyboardEvent, ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import type { FormState } from "../hooks/use-form";

/** A form with its foot: what is not stored yet, and how to store it. */
export function SettingsForm({ form, save, children }: { form: FormState; save: string; children: ReactNode }) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.submit(event);
  };
  return (
    // The keys belong to the form as a whole, wherever the focus is in it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form className="flex flex-col gap-4" noValidate onKeyDown={onKeyDown} onSubmit={form.submit}>
      {children}
      <footer className="sticky bottom-0 -mx-1 flex min-h-13 items-center gap-2 border-t bg-background px-1 py-3 max-md:flex-wrap">
        <p className="min-w-0 flex-1 text-xs text-muted-foreground max-md:basis-full max-md:empty:hidden" role="status">
          <Standing form={form} />
        </p>
        {form.isDirty ? (
          <Button className="max-md:flex-1" onClick={form.reset}>
            Discard changes
          </Button>
        ) : null}
        <Button
          className="max-md:flex-1"
          disabled={!form.canSave || form.status.type === "sending"}
          title={form.canSave ? undefined : "Nothing was changed"}
          type="submit"
          variant="primary"
        >
          {save}
          <Kbd>⌘↵</Kbd>
        </Button>
      </footer>
    </form>
  );
}

function Standing({ form }: { form: FormState }) {
  switch (form.status.type) {
    case "editing":
      return form.isDirty ? "not saved yet" : "";
    case "sending":
      return "saving…";
    case "saved":
      return "saved";
    case "failed":
      return (
        <span className="text-state-failed" role="alert">
          {form.status.message}
        </span>
      );
  }
}
