import { GitBranch, Plus, Search, X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import type { Project } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { useKeys } from "@/lib/use-keys";
import { type FilterToken, formatFilter, parseFilter } from "../filter";

export type TopBarProps = {
  project: Project;
  query: string;
  hidden: number;
  /** What waits for a person, if anything does. */
  needs?: ReactNode;
  onQuery: (query: string) => void;
  onNew: () => void;
};

/** The top bar: which board this is, what is filtered, and New task. */
export function TopBar({ project, query, hidden, needs, onQuery, onNew }: TopBarProps) {
  const filter = parseFilter(query);
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-background pr-3 pl-4">
      <h1 className="truncate text-base font-semibold tracking-[-0.01em]">{project.name}</h1>
      <span
        className="mr-2 flex items-center gap-1 text-faint-foreground"
        title={`Default branch ${project.default_branch}`}
      >
        <Icon as={GitBranch} size={12} />
        <span className="max-w-40 truncate font-mono text-code">{project.default_branch}</span>
      </span>
      <SearchField onQuery={onQuery} query={query} />
      <span className="flex min-w-0 items-center gap-2 overflow-hidden">
        {filter.tokens.map((token) => (
          <Token
            key={`${token.isNegated}${token.key}:${token.value}`}
            onRemove={() =>
              onQuery(formatFilter({ ...filter, tokens: filter.tokens.filter((other) => other !== token) }))
            }
            token={token}
          />
        ))}
      </span>
      {hidden > 0 ? (
        <span className="ml-1 text-xs whitespace-nowrap text-faint-foreground tabular-nums">
          {hidden.toLocaleString("en")} hidden
        </span>
      ) : null}
      <span className="flex-1" />
      {needs}
      <Button onClick={onNew} variant="primary">
        <Icon as={Plus} />
        New task
        <Kbd>C</Kbd>
      </Button>
    </header>
  );
}

type SearchFieldProps = Pick<TopBarProps, "query" | "onQuery">;

/** Words filter while they are typed; a token leaves the field at Enter and stands beside it. */
export function SearchField({ query, onQuery }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const { tokens } = parseFilter(query);
  const apply = (typed: string) => {
    const next = formatFilter(parseFilter(`${typed} ${formatFilter({ words: [], tokens })}`));
    if (next !== query) onQuery(next);
    return next;
  };
  useEffect(() => {
    // The field follows the address, but never under the user's fingers.
    if (input.current && document.activeElement !== input.current) input.current.value = wordsOf(query);
  }, [query]);
  const focus = (event: KeyboardEvent) => {
    event.preventDefault();
    input.current?.focus();
  };
  // On many keyboards the slash needs Shift.
  useKeys({ "/": focus, "Shift+/": focus });
  return (
    <label className="flex h-7 w-58 min-w-30 items-center gap-2 rounded-md border border-border-strong bg-card px-2 text-faint-foreground focus-within:border-ring focus-within:outline focus-within:outline-ring max-md:h-11 max-md:w-full">
      <Icon as={Search} />
      <input
        aria-label="Search or filter"
        className="min-w-0 flex-1 bg-transparent text-foreground outline-none max-md:text-base"
        defaultValue={wordsOf(query)}
        onBlur={(event) => apply(event.target.value)}
        onChange={(event) => isTypingToken(event.target.value) || apply(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.value = wordsOf(apply(event.currentTarget.value));
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        placeholder="Search or filter"
        ref={input}
        spellCheck={false}
      />
      <Kbd>/</Kbd>
    </label>
  );
}

/** Half a token is no word: it waits for Enter, else it would hide every card while it is typed. */
function isTypingToken(text: string): boolean {
  return text.includes(":") || /(^|\s)-/.test(text);
}

function wordsOf(query: string): string {
  return formatFilter({ words: parseFilter(query).words, tokens: [] });
}

function Token({ token, onRemove }: { token: FilterToken; onRemove: () => void }) {
  const name = `${token.key}${token.isNegated ? " is not" : ""}`;
  return (
    <span className="inline-flex h-6 shrink-0 items-stretch overflow-hidden rounded-sm border border-border-strong bg-card text-xs whitespace-nowrap">
      <span className="flex items-center px-1.5 text-muted-foreground">{name}</span>
      <span className="flex items-center border-l px-1.5">{token.value}</span>
      <button
        aria-label={`Remove the filter ${name} ${token.value}`}
        className="flex items-center border-l px-1 text-faint-foreground hover:bg-accent hover:text-foreground"
        onClick={onRemove}
        type="button"
      >
        <Icon as={X} size={12} />
      </button>
    </span>
  );
}
