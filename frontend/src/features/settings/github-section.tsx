import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as z from "zod/mini";
import { errorMessage } from "@/api/errors";
import type { Github, GithubTokenSource } from "@/api/generated/types";
import { githubQuery, updateGithub } from "@/api/review";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { TextField } from "./components/fields";
import { SectionPage, WhenLoaded } from "./components/section-page";
import { SettingsForm } from "./components/settings-form";
import { useForm } from "./hooks/use-form";
import { trimmed } from "./parse";

const sourceWords: Record<GithubTokenSource, string> = {
  settings: "A token is stored here.",
  environment: "The token comes from the environment that the server was started in.",
  gh: "The token comes from the gh program.",
  none: "There is no token: store one here, set GITHUB_TOKEN, or log in with gh. Without it no pull request is opened.",
};

const schema = z.object({ token: trimmed, apiUrl: trimmed });
type Draft = z.input<typeof schema>;

/** How the board reaches GitHub. */
export function GithubSection() {
  const github = useQuery(githubQuery());
  return (
    <SectionPage
      note="For pull requests. A token is never shown again, and never sent anywhere but there."
      title="GitHub"
    >
      <WhenLoaded query={github}>
        {(loaded) => (
          <>
            <Source github={loaded} />
            <AccessForm github={loaded} />
          </>
        )}
      </WhenLoaded>
    </SectionPage>
  );
}

/** Where the token comes from, and the way to forget a stored one. */
function Source({ github }: { github: Github }) {
  const client = useQueryClient();
  const [problem, setProblem] = useState("");
  const forget = () =>
    void updateGithub({ token: "" }).then(
      (now) => client.setQueryData(githubQuery().queryKey, now),
      (error: unknown) => setProblem(`The token was not forgotten. ${errorMessage(error)}`),
    );
  return (
    <div className="flex flex-wrap items-center gap-2">
      <p className="min-w-0 flex-1" role="status">
        {sourceWords[github.token_source]}
      </p>
      {github.token_source === "settings" ? <Button onClick={forget}>Forget the token</Button> : null}
      <p className="basis-full text-xs text-state-failed empty:hidden" role="alert">
        {problem}
      </p>
    </div>
  );
}

function AccessForm({ github }: { github: Github }) {
  const form = useGithubForm(github);
  const { draft, change, error } = form;
  return (
    <SettingsForm form={form} save="Save access">
      <Field
        error={error("token")}
        hint="It needs to push and to open pull requests: contents and pull requests, read and write."
        label={github.token_source === "settings" ? "Another token" : "Token"}
      >
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            onChange={(event) => change({ token: event.target.value })}
            spellCheck={false}
            type="password"
            value={draft.token}
          />
        )}
      </Field>
      <TextField
        error={error("apiUrl")}
        hint="Of a GitHub Enterprise server. Nothing is GitHub's own."
        label="API address"
        onChange={(apiUrl) => change({ apiUrl })}
        value={draft.apiUrl}
      />
    </SettingsForm>
  );
}

function useGithubForm(github: Github) {
  const client = useQueryClient();
  return useForm({
    initial: toDraft(github),
    schema,
    serverFields: { token: "token", api_url: "apiUrl" },
    save: async (request: z.output<typeof schema>) => {
      // An empty field keeps the token that there is: it is forgotten by its own button.
      const token = request.token === "" ? {} : { token: request.token };
      const saved = await updateGithub({ api_url: request.apiUrl, ...token });
      client.setQueryData(githubQuery().queryKey, saved);
      return { draft: toDraft(saved) };
    },
  });
}

function toDraft(github: Github): Draft {
  return { token: "", apiUrl: github.api_url };
}
