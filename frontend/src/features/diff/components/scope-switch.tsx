import type { DiffScope } from "@/api/generated/types";
import { Select } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { type ScopeChoice, scopeNames } from "../scopes";

type ScopeSwitchProps = {
  scope: DiffScope;
  choices: readonly ScopeChoice[];
  isSmall: boolean;
  onScope: (scope: DiffScope) => void;
};

/** Which changes are shown, with how many files each has. */
export function ScopeSwitch({ scope, choices, isSmall, onScope }: ScopeSwitchProps) {
  if (isSmall) return <ScopeSelect choices={choices} onScope={onScope} scope={scope} />;
  const options = choices.map((choice) => ({
    value: choice.scope,
    reason: choice.reason,
    label: (
      <>
        {scopeNames[choice.scope]}
        {choice.count === undefined ? null : (
          <span className="font-[450] text-faint-foreground tabular-nums">{choice.count}</span>
        )}
      </>
    ),
  }));
  return <Segmented className="self-center" label="Changes" onChange={onScope} options={options} value={scope} />;
}

function ScopeSelect({ scope, choices, onScope }: Omit<ScopeSwitchProps, "isSmall">) {
  const choose = (value: string) => {
    const choice = choices.find((candidate) => candidate.scope === value);
    if (choice) onScope(choice.scope);
  };
  return (
    <Select
      aria-label="Changes"
      className="w-auto min-w-0 shrink"
      onChange={(event) => choose(event.target.value)}
      value={scope}
    >
      {choices.map((choice) => (
        <option disabled={choice.reason !== undefined} key={choice.scope} title={choice.reason} value={choice.scope}>
          {scopeNames[choice.scope]} {choice.count}
        </option>
      ))}
    </Select>
  );
}
