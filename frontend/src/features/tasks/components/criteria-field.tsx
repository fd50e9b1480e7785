import { Plus, X } from "lucide-react";
import { type KeyboardEvent, useId } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { type CriterionDraft, newCriterion } from "../form-values";

type CriteriaFieldProps = {
  criteria: readonly CriterionDraft[];
  onChange: (criteria: readonly CriterionDraft[]) => void;
};

/** The acceptance checklist: Enter adds a line, an empty line is dropped when the form is sent. */
export function CriteriaField({ criteria, onChange }: CriteriaFieldProps) {
  const labelId = useId();
  const replace = (index: number, change: Partial<CriterionDraft>) => {
    const criterion = criteria[index];
    if (criterion) onChange(criteria.with(index, { ...criterion, ...change }));
  };
  const insert = (index: number) => onChange(criteria.toSpliced(index, 0, newCriterion()));
  const add = () => insert(criteria.length);
  return (
    <fieldset aria-labelledby={labelId} className="flex flex-col gap-1">
      <span className="text-xs font-medium text-muted-foreground" id={labelId}>
        Acceptance criteria
      </span>
      {criteria.map((criterion, index) => (
        <CriterionRow
          criterion={criterion}
          key={criterion.key}
          number={index + 1}
          onChange={(change) => replace(index, change)}
          onEnter={() => insert(index + 1)}
          onRemove={() => onChange(criteria.toSpliced(index, 1))}
        />
      ))}
      <Button className="self-start" onClick={add} size="sm" variant="ghost">
        <Icon as={Plus} />
        Add a criterion
      </Button>
    </fieldset>
  );
}

type CriterionRowProps = {
  criterion: CriterionDraft;
  number: number;
  onChange: (change: Partial<CriterionDraft>) => void;
  onEnter: () => void;
  onRemove: () => void;
};

function CriterionRow({ criterion, number, onChange, onEnter, onRemove }: CriterionRowProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    onEnter();
  };
  return (
    <div className="flex items-center gap-2">
      <Checkbox
        aria-label={`Criterion ${number} is done`}
        checked={criterion.done}
        onCheckedChange={(done) => onChange({ done: done === true })}
      />
      <Input
        aria-label={`Criterion ${number}`}
        // A new line appears because the user asked for it.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus={criterion.id === undefined && criterion.text === ""}
        onChange={(event) => onChange({ text: event.target.value })}
        onKeyDown={onKeyDown}
        value={criterion.text}
      />
      <Button aria-label={`Remove criterion ${number}`} onClick={onRemove} size="icon-sm" variant="ghost">
        <Icon as={X} />
      </Button>
    </div>
  );
}
