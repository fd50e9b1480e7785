import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Agent, Config, Github } from "@/api/generated/types";
import { aConfig, aProject, aRule } from "@/testing/fixtures";
import { type Call, mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { AgentSection } from "./agent-section";
import { AgentsSection } from "./agents-section";
import { GatesSection } from "./gates-section";
import { GeneralSection } from "./general-section";
import { GithubSection } from "./github-section";
import { ProjectSection } from "./project-section";
import { RulesSection } from "./rules-section";
import { RunsSection } from "./runs-section";

const project = aProject();
const noop = () => undefined;
const changes = (calls: readonly Call[]) => calls.filter((call) => call.method !== "GET");

function anAgent(number: number, part: Partial<Agent> = {}): Agent {
  return {
    id: `01900000-0000-7000-b000-${String(number).padStart(12, "0")}`,
    name: `profile ${number}`,
    adapter: "claude",
    command: null,
    model: null,
    mode: "bypass",
    append_prompt: null,
    env: {},
    extra_args: [],
    limits: {},
    loop: { enabled: false, promise: null },
    is_default: number === 1,
    ...part,
  };
}

describe("the general settings", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    document.documentElement.classList.remove("dark");
  });

  function open(answer: Partial<Config> = {}) {
    const network = mockNetwork({
      "GET /api/config": () => ({ body: aConfig() }),
      "PATCH /api/config": () => ({ body: aConfig(answer) }),
    });
    return { ...network, ...renderWithApp(<GeneralSection />) };
  }

  it("show a theme at once and store it", async () => {
    const { user, calls } = open({ theme: "dark" });
    await user.click(await screen.findByRole("radio", { name: "Dark" }));
    expect(document.documentElement.classList.contains("dark")).toBe(true);
    await waitFor(() => expect(changes(calls)[0]?.body).toEqual({ theme: "dark" }));
  });

  it("send no number that is none, and say so at its field", async () => {
    const { user, calls } = open({ limits: { max_parallel: 2 } });
    const field = await screen.findByRole("textbox", { name: "Agents at once" });
    const save = screen.getByRole("button", { name: /^Save settings/ });
    expect(save).toHaveProperty("disabled", true);
    await user.clear(field);
    await user.type(field, "many");
    await user.click(save);
    expect(screen.getByRole("alert").textContent).toBe("A whole number from 1 to 64.");
    expect(changes(calls)).toHaveLength(0);
    await user.clear(field);
    await user.type(field, "2");
    await user.click(save);
    await screen.findByText("saved");
    expect(changes(calls)[0]?.body).toMatchObject({ limits: { max_parallel: 2 }, approval_mode: "profile" });
    expect(save).toHaveProperty("disabled", true);
  });

  it("say what a mode means, and store it", async () => {
    const { user, calls } = open({ approval_mode: "plan" });
    await user.selectOptions(await screen.findByRole("combobox", { name: "Approval mode" }), "plan");
    expect(screen.getByText(/Nothing is changed until you approve it/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: /^Save settings/ }));
    await waitFor(() => expect(changes(calls)[0]?.body).toMatchObject({ approval_mode: "plan" }));
  });

  it("keep what was typed when it is refused", async () => {
    const { user } = open();
    const message = "branch_prefix must be 1 to 40 characters";
    mockNetwork({
      "PATCH /api/config": () => ({ status: 422, body: { error: { code: "validation_failed", message } } }),
    });
    await user.type(await screen.findByRole("textbox", { name: "Branch prefix" }), " x{Control>}{Enter}{/Control}");
    expect(screen.getByRole("alert").textContent).toContain("1 to 40 letters");
    await user.clear(screen.getByRole("textbox", { name: "Branch prefix" }));
    await user.type(screen.getByRole("textbox", { name: "Branch prefix" }), "ek..{Control>}{Enter}{/Control}");
    expect((await screen.findByRole("alert")).textContent).toContain("must be 1 to 40 characters");
    expect(screen.getByRole("textbox", { name: "Branch prefix" })).toHaveProperty("value", "ek..");
    await user.click(screen.getByRole("button", { name: "Discard changes" }));
    expect(screen.getByRole("textbox", { name: "Branch prefix" })).toHaveProperty("value", "ek");
  });
});

describe("agent profiles", () => {
  afterEach(() => vi.unstubAllGlobals());
  const agents = [anAgent(1), anAgent(2, { env: { NODE_ENV: "test" }, limits: { max_turns: 40, max_idle_s: 60 } })];
  const list = { "GET /api/agents": () => ({ body: page(agents) }) };

  it("are made the default, and removed after a question", async () => {
    const id = anAgent(2).id;
    const { calls } = mockNetwork({
      ...list,
      [`PATCH /api/agents/${id}`]: () => ({ body: anAgent(2, { is_default: true }) }),
      [`DELETE /api/agents/${id}`]: () => ({ status: 204 }),
    });
    const { user } = renderWithApp(<AgentsSection onOpen={noop} />);
    await user.click(await screen.findByRole("button", { name: "Menu of profile 2" }));
    await user.click(screen.getByRole("menuitem", { name: "Make it the default" }));
    await waitFor(() => expect(changes(calls)[0]?.body).toEqual({ is_default: true }));
    await user.click(screen.getByRole("button", { name: "Menu of profile 2" }));
    await user.click(screen.getByRole("menuitem", { name: "Remove…" }));
    expect(changes(calls)).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: "Remove the profile" }));
    await waitFor(() => expect(changes(calls)[1]?.method).toBe("DELETE"));
  });

  it("offer no removal of the default one", async () => {
    mockNetwork(list);
    const { user } = renderWithApp(<AgentsSection onOpen={noop} />);
    await user.click(await screen.findByRole("button", { name: "Menu of profile 1" }));
    expect(screen.getAllByRole("menuitem").map((item) => item.textContent)).toEqual(["Edit", "Copy"]);
  });

  it("are changed; limits that the form does not show stay", async () => {
    const agent = anAgent(2);
    const { calls } = mockNetwork({ ...list, [`PATCH /api/agents/${agent.id}`]: () => ({ body: agent }) });
    const { user } = renderWithApp(
      <AgentSection onClose={noop} onMade={noop} target={{ type: "edit", id: agent.id }} />,
    );
    const env = await screen.findByRole("textbox", { name: "Environment" });
    await user.type(env, "\nnonsense");
    await user.click(screen.getByRole("button", { name: /^Save profile/ }));
    expect(screen.getByRole("alert").textContent).toBe("One variable a line, as NAME=value.");
    await user.type(env, "=1=2");
    await user.clear(screen.getByRole("textbox", { name: "Turns at most" }));
    await user.click(screen.getByRole("button", { name: /^Save profile/ }));
    await waitFor(() => expect(changes(calls)).toHaveLength(1));
    expect(changes(calls)[0]?.body).toMatchObject({
      env: { NODE_ENV: "test", nonsense: "1=2" },
      limits: { max_turns: null, max_idle_s: 60, max_cost_usd: null },
    });
  });

  it("are copied under a name of their own", async () => {
    const onMade = vi.fn<(id: string) => void>();
    const { calls } = mockNetwork({ ...list, "POST /api/agents": () => ({ status: 201, body: anAgent(3) }) });
    const { user } = renderWithApp(
      <AgentSection onClose={noop} onMade={onMade} target={{ type: "copy", id: anAgent(2).id }} />,
    );
    await user.click(await screen.findByRole("button", { name: /^Make profile/ }));
    await waitFor(() => expect(onMade).toHaveBeenCalledWith(anAgent(3).id));
    expect(changes(calls)[0]?.body).toMatchObject({
      name: "profile 2 2",
      adapter: "claude",
      env: { NODE_ENV: "test" },
    });
  });
});

describe("the settings of a project", () => {
  afterEach(() => vi.unstubAllGlobals());
  const path = `PATCH /api/projects/${project.id}`;

  it("store its notes", async () => {
    const { calls } = mockNetwork({ [path]: () => ({ body: project }) });
    const { user } = renderWithApp(<ProjectSection project={project} />);
    await user.type(screen.getByRole("textbox", { name: "Notes for agents" }), "Use npm.");
    await user.click(screen.getByRole("button", { name: /^Save project/ }));
    await waitFor(() =>
      expect(changes(calls)[0]?.body).toEqual({
        name: project.name,
        default_branch: "main",
        board: "plain",
        settings: { notes: "Use npm." },
      }),
    );
  });

  it("store what happens to a question that nobody answers", async () => {
    const { calls } = mockNetwork({ [path]: () => ({ body: project }), "GET /api/agents": () => ({ body: page([]) }) });
    const { user } = renderWithApp(<RunsSection project={project} />);
    await user.type(screen.getByRole("textbox", { name: "Answer by itself after" }), "30");
    await user.type(screen.getByRole("textbox", { name: "Files to carry over" }), ".env\n\n .env.local ");
    await user.click(screen.getByRole("button", { name: /^Save run settings/ }));
    await waitFor(() =>
      expect(changes(calls)[0]?.body).toMatchObject({
        settings: {
          question_default_after_s: 1800,
          question_default_answer: "",
          carry_files: [".env", ".env.local"],
          default_agent_id: null,
        },
      }),
    );
  });

  it("store gates in their order, and how work is merged", async () => {
    const gates = [
      { name: "lint", command: "npm run lint", timeout_s: 60 },
      { name: "test", command: "npm test", timeout_s: 600 },
    ];
    const shown = aProject({ settings: { ...project.settings, gates } });
    const { calls } = mockNetwork({ [path]: () => ({ body: shown }) });
    const { user } = renderWithApp(<GatesSection project={shown} />);
    await user.click(screen.getByRole("button", { name: "Run test earlier" }));
    await user.click(screen.getByRole("button", { name: "Add a gate" }));
    await user.type(screen.getByRole("textbox", { name: "Name of gate 3" }), "lint");
    const save = screen.getByRole("button", { name: /^Save gates/ });
    await user.click(save);
    expect(screen.getAllByRole("alert").map((alert) => alert.textContent)).toEqual([
      "A gate needs a command.",
      "Two gates have the same name: give each its own.",
    ]);
    await user.click(screen.getAllByRole("button", { name: "Remove lint" }).at(-1) ?? save);
    await user.click(screen.getByRole("checkbox", { name: "Run the gates on the merged tree first" }));
    await user.selectOptions(screen.getByRole("combobox", { name: "Merge style" }), "squash");
    await user.click(save);
    await waitFor(() =>
      expect(changes(calls)[0]?.body).toEqual({
        settings: {
          gates: gates.toReversed(),
          setup_command: null,
          merge_style: "squash",
          gates_before_merge: true,
          run_merge_hooks: false,
        },
      }),
    );
  });

  it("show what the server refuses at its field", async () => {
    const error = {
      code: "validation_failed",
      message: "the gate x is reserved",
      details: { field: "settings.gates" },
    };
    mockNetwork({ [path]: () => ({ status: 422, body: { error } }) });
    const { user } = renderWithApp(<GatesSection project={project} />);
    await user.click(screen.getByRole("button", { name: "Add a gate" }));
    await user.type(screen.getByRole("textbox", { name: "Name of gate 1" }), "x");
    await user.type(screen.getByRole("textbox", { name: "Command of x" }), "x");
    await user.click(screen.getByRole("button", { name: /^Save gates/ }));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toBe("The gate x is reserved");
    expect(alert.closest("fieldset")?.textContent).toContain("Add a gate");
  });

  it("list what is always allowed, with its use, and forget it", async () => {
    let rules = [
      aRule(1, { text: "Commands that begin with npm test", hit_count: 41 }),
      aRule(2, { attempt_id: "01900000-0000-7000-a000-000000000001", text: "Fetches <b>x</b>" }),
    ];
    const { calls } = mockNetwork({
      [`GET /api/projects/${project.id}/rules`]: () => ({ body: page(rules) }),
      [`DELETE /api/projects/${project.id}/rules/${aRule(1).id}`]: () => {
        rules = rules.slice(1);
        return { status: 204 };
      },
      [`DELETE /api/projects/${project.id}/rules`]: () => {
        rules = [];
        return { status: 204 };
      },
    });
    const { user } = renderWithApp(<RulesSection project={project} />);
    const items = await screen.findAllByRole("listitem");
    expect(items.map((item) => item.textContent)).toEqual([
      expect.stringMatching(/npm test.*this project.*41 calls/),
      expect.stringMatching(/Fetches <b>x<\/b>.*one attempt only.*never used/),
    ]);
    await user.click(screen.getByRole("button", { name: "Remove the rule: Commands that begin with npm test" }));
    await waitFor(() => expect(screen.queryByText(/npm test/)).toBeNull());
    await user.click(screen.getByRole("button", { name: "Remove all…" }));
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Remove all rules" }));
    await screen.findByText("Nothing is always allowed");
    expect(changes(calls)).toHaveLength(2);
  });
});

describe("access to GitHub", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("stores a token, never shows it again, and forgets it", async () => {
    let source: Github["token_source"] = "none";
    const github = () => ({ body: { token_source: source, api_url: "https://api.github.com" } });
    const { calls } = mockNetwork({
      "GET /api/github": github,
      "PATCH /api/github": ({ body }) => {
        source = JSON.stringify(body) === '{"token":""}' ? "none" : "settings";
        return github();
      },
    });
    const { user } = renderWithApp(<GithubSection />);
    expect(await screen.findByText(/There is no token/)).toBeTruthy();
    await user.type(screen.getByLabelText("Token"), "ghp_x");
    await user.click(screen.getByRole("button", { name: /^Save access/ }));
    await screen.findByText("A token is stored here.");
    expect(changes(calls)[0]?.body).toEqual({ api_url: "https://api.github.com", token: "ghp_x" });
    expect(screen.getByLabelText("Another token")).toHaveProperty("value", "");
    await user.click(screen.getByRole("button", { name: "Forget the token" }));
    await screen.findByText(/There is no token/);
    expect(changes(calls)[1]?.body).toEqual({ token: "" });
  });
});
