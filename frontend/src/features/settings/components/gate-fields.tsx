import { ArrowDown, ArrowUp, type LucideIcon, Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";

/** A gate as the form has it; the key only tells its row. */
export type GateDraft = { key: string; name: string; command: string; timeoutS: string };

type GateFieldsProps = {
  gates: readonly GateDraft[];
  error: string | undefined;
  errorAt: (path: string) => string | undefined;
  onChange: (gates: GateDraft[]) => void;
};

/** The gates in their order: a row each, with ways to move and to remove it. */
export function GateFields({ gates, error, errorAt, onChange }: GateFieldsProps) {
  const add = () => onChange([...gates, { key: crypto.randomUUID(), name: "", command: "", timeoutS: "600" }]);
  const move = (index: number, by: number) => {
    const gate = gates[index];
    if (gate) onChange(gates.toSpliced(index, 1).toSpliced(index + by, 0, gate));
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="sr-only">Gates</legend>
      {gates.length === 0 ? <p className="text-muted-foreground">There is none yet.</p> : <Heads />}
      <ol className="flex flex-col gap-2">
        {gates.map((gate, index) => (
          <GateRow
            errorOf={(field) => errorAt(`gates.${index}.${field}`)}
            gate={gate}
            key={gate.key}
            onChange={(part) => onChange(gates.with(index, { ...gate, ...part }))}
            onDown={index < gates.length - 1 ? () => move(index, 1) : undefined}
            onRemove={() => onChange(gates.toSpliced(index, 1))}
            onUp={index > 0 ? () => move(index, -1) : undefined}
            place={index + 1}
          />
        ))}
      </ol>
      {error ? (
        <p className="text-xs text-state-failed" role="alert">
          {error}
        </p>
      ) : null}
      <Button className="self-start" onClick={add}>
        <Icon as={Plus} />
        Add a gate
      </Button>
    </fieldset>
  );
}

const columns = "grid grid-cols-[112px_minmax(0,1fr)_72px_auto] gap-2 max-md:grid-cols-[minmax(0,1fr)_88px]";

function Heads() {
  return (
    <div aria-hidden className={cn(columns, "text-xs font-medium text-muted-foreground max-md:hidden")}>
      <span>Name</span>
      <span>Command</span>
      <span>Seconds</span>
      <span className="w-19" />
    </div>
  );
}

type GateRowProps = {
  gate: GateDraft;
  place: number;
  errorOf: (field: string) => string | undefined;
  onChange: (part: Partial<GateDraft>) => void;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  onRemove: () => void;
};

function GateRow({ gate, place, errorOf, onChange, onUp, onDown, onRemove }: GateRowProps) {
  const name = gate.name || `gate ${place}`;
  const errors = ["name", "command", "timeoutS"].flatMap((field) => errorOf(field) ?? []);
  return (
    <li className="max-md:rounded-md max-md:border max-md:p-2">
      <div className={columns}>
        <Cell
          error={errorOf("name")}
          label={`Name of gate ${place}`}
          onChange={(text) => onChange({ name: text })}
          placeholder="test"
          value={gate.name}
        />
        <Cell
          className="font-mono max-md:order-first max-md:col-span-full"
          error={errorOf("command")}
          label={`Command of ${name}`}
          onChange={(command) => onChange({ command })}
          placeholder="npm test"
          value={gate.command}
        />
        <Cell
          className="tabular-nums"
          error={errorOf("timeoutS")}
          label={`Seconds that ${name} may take`}
          onChange={(timeoutS) => onChange({ timeoutS })}
          placeholder="600"
          value={gate.timeoutS}
        />
        <span className="flex items-center gap-0.5 max-md:col-span-full max-md:justify-end">
          <Way as={ArrowUp} label={`Run ${name} earlier`} onClick={onUp} />
          <Way as={ArrowDown} label={`Run ${name} later`} onClick={onDown} />
          <Way as={X} label={`Remove ${name}`} onClick={onRemove} />
        </span>
      </div>
      {errors.length > 0 ? (
        <p className="mt-1 text-xs text-state-failed" role="alert">
          {errors.join(" ")}
        </p>
      ) : null}
    </li>
  );
}

type CellProps = {
  label: string;
  value: string;
  placeholder: string;
  error: string | undefined;
  className?: string;
  onChange: (text: string) => void;
};

function Cell({ label, value, placeholder, error, className, onChange }: CellProps) {
  return (
    <Input
      aria-invalid={error !== undefined}
      aria-label={label}
      className={className}
      onChange={(event) => onChange(event.target.value)}
      placeholder={placeholder}
      title={label}
      value={value}
    />
  );
}

function Way({ as, label, onClick }: { as: LucideIcon; label: string; onClick: (() => void) | undefined }) {
  return (
    <Button
      aria-label={label}
      disabled={onClick === undefined}
      onClick={onClick}
      size="icon-sm"
      title={label}
      variant="ghost"
    >
      <Icon as={as} />
    </Button>
  );
}
