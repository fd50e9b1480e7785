import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "@/lib/cn";

const box =
  "w-full min-w-0 rounded-md border border-border-strong bg-card px-2 text-sm text-foreground focus:border-ring focus:outline-1 focus:outline-offset-0 focus:outline-ring aria-invalid:border-state-failed disabled:bg-muted disabled:text-faint-foreground max-md:text-base";

/** One line of text. */
export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input className={cn(box, "h-7 max-md:h-11", className)} {...props} />;
}

/** Several lines of text; grows with its content where the browser can. */
export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(box, "field-sizing-content min-h-20 resize-y py-1.5", className)} {...props} />;
}

/** A choice of a few, the system's own. */
export function Select({ className, ...props }: ComponentProps<"select">) {
  return <select className={cn(box, "h-7 px-1.5 max-md:h-11", className)} {...props} />;
}

type FieldProps = {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  className?: string;
  children: (control: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
};

/** A labelled control with its hint, or what is wrong with its value. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className={cn("flex min-w-0 flex-col gap-1", className)}>
      <label className="text-xs font-medium text-muted-foreground" htmlFor={id}>
        {label}
      </label>
      {children({ id, "aria-describedby": note ? noteId : undefined, "aria-invalid": error !== undefined })}
      {note ? (
        <p
          className={cn("text-xs", error ? "text-state-failed" : "text-faint-foreground")}
          id={noteId}
          role={error ? "alert" : undefined}
        >
          {note}
        </p>
      ) : null}
    </div>
  );
}
