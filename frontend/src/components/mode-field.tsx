import { Field, Select } from "@/components/ui/field";
import { modeNames, modeNotes, modes, parseMode } from "@/lib/modes";

type ModeFieldProps = {
  label?: string;
  /** A mode, or nothing. */
  value: string;
  onChange: (value: string) => void;
  /** What nothing chosen means; without it a mode must be chosen. */
  fallback?: { label: string; hint: string };
  className?: string;
};

/** What an agent may do unasked, with what the choice means. */
export function ModeField({ label = "Mode", value, onChange, fallback, className }: ModeFieldProps) {
  const mode = parseMode(value);
  return (
    <Field hint={mode ? modeNotes[mode] : fallback?.hint} label={label} {...(className ? { className } : {})}>
      {(control) => (
        <Select {...control} onChange={(event) => onChange(event.target.value)} value={value}>
          {fallback ? <option value="">{fallback.label}</option> : null}
          {modes.map((option) => (
            <option key={option} value={option}>
              {modeNames[option]}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
