import type { ReactNode } from "react";
import { useId } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { Field, Input, Select, Textarea } from "@/components/ui/field";

type TextProps = {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  value: string;
  onChange: (value: string) => void;
  className?: string;
};

/** A line of text. */
export function TextField({ label, hint, error, value, onChange, className }: TextProps) {
  return (
    <Field error={error} hint={hint} label={label}>
      {(control) => (
        <Input {...control} className={className} onChange={(event) => onChange(event.target.value)} value={value} />
      )}
    </Field>
  );
}

/** A number, typed as text: what is not one is said and never changed on its own. */
export function NumberField({ label, hint, error, value, onChange }: TextProps) {
  return (
    <Field error={error} hint={hint} label={label}>
      {(control) => (
        <Input
          {...control}
          className="w-28 tabular-nums"
          inputMode="decimal"
          onChange={(event) => onChange(event.target.value)}
          value={value}
        />
      )}
    </Field>
  );
}

/** Several lines of text. */
export function LongField({ label, hint, error, value, onChange, className }: TextProps) {
  return (
    <Field error={error} hint={hint} label={label}>
      {(control) => (
        <Textarea
          {...control}
          className={className ?? "max-h-96"}
          onChange={(event) => onChange(event.target.value)}
          value={value}
        />
      )}
    </Field>
  );
}

/** One of a few. */
export function ChoiceField({ label, hint, value, onChange, children }: TextProps & { children: ReactNode }) {
  return (
    <Field hint={hint} label={label}>
      {(control) => (
        <Select {...control} onChange={(event) => onChange(event.target.value)} value={value}>
          {children}
        </Select>
      )}
    </Field>
  );
}

type TickProps = { label: string; hint: string; checked: boolean; onChange: (checked: boolean) => void };

/** Something that is on or off. */
export function TickField({ label, hint, checked, onChange }: TickProps) {
  const id = useId();
  return (
    <div className="flex gap-2 max-md:min-h-11">
      <Checkbox
        aria-describedby={`${id}-note`}
        checked={checked}
        className="mt-0.75"
        id={id}
        onCheckedChange={(state) => onChange(state === true)}
      />
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        <p className="text-xs text-faint-foreground" id={`${id}-note`}>
          {hint}
        </p>
      </div>
    </div>
  );
}
