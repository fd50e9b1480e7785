use proptest::prelude::*;
use serde_json::{Value, json};

use super::{check_rule, propose_rules, rule_allows, rule_text, runs_by_itself};
use crate::RulePattern;

const WORKTREE: &str = "/home/me/.kanban/worktrees/a";

fn rule(tool_name: &str, pattern: Option<&str>) -> RulePattern {
    RulePattern { tool_name: tool_name.to_owned(), pattern: pattern.map(str::to_owned) }
}

fn bash(command: &str) -> Value {
    json!({"command": command, "description": "what it does"})
}

fn file(path: &str) -> Value {
    json!({"file_path": path, "old_string": "a", "new_string": "b"})
}

fn proposed(tool_name: &str, input: &Value) -> Vec<Option<String>> {
    propose_rules(tool_name, input, WORKTREE).into_iter().map(|proposal| proposal.pattern).collect()
}

fn proposed_names(tool_name: &str, input: &Value) -> Vec<String> {
    proposed(tool_name, input).into_iter().flatten().collect()
}

#[test]
fn commands_are_proposed_to_the_letter_and_open_only_where_that_is_safe() {
    let check = |command: &str, expected: &[&str]| {
        assert_eq!(proposed_names("Bash", &bash(command)), expected, "{command}");
    };
    check("npm install left-pad", &["npm install left-pad", "npm install *"]);
    check("npm run lint", &["npm run lint", "npm run lint *"]);
    check("cargo  test -p domain", &["cargo  test -p domain", "cargo test *"]);
    check("git commit -m 'a b'", &["git commit -m 'a b'", "git commit *"]);
    for command in [
        "npm",
        "npm run",
        "npm run -- x",
        "npm exec x",
        "npx cowsay",
        "sh -c ls",
        "bash x.sh",
        "zsh",
        "env ls",
        "sudo npm install",
        "xargs rm",
        "node -e 1",
        "python -c 1",
        "find . -exec rm {} +",
        "ssh host ls",
        "curl https://example.com",
        "wget x",
        "rm -rf target",
        "git push",
        "git -c core.pager=x log",
        "git log",
        "A=1 npm install",
        "/tmp/npm install",
        "./npm install x",
        "npm test && rm x",
        "npm install $X",
        "cargo run",
        "touch a",
        "npm install 'a",
        "npm install a\\ b",
    ] {
        check(command, &[command]);
    }
    for command in
        ["", "   ", "ls *", "npm install *", "echo a\necho b", "echo \u{202e}a", "echo\ta", "echo a\r"]
    {
        check(command, &[]);
    }
}

#[test]
fn an_open_rule_allows_further_plain_words_only() {
    let rule = rule("Bash", Some("npm install *"));
    for command in
        ["npm install", "npm install a", "npm  install a@1.2 --save-dev", "npm install \"a b\" 'c'"]
    {
        assert!(rule_allows(&rule, "Bash", &bash(command), WORKTREE), "{command}");
    }
    for command in [
        "npm",
        "npm installx",
        "npm install-test",
        "npm 'install' a",
        "npm\tinstall a",
        "xnpm install",
        "npm install a; b",
        "npm install a&&b",
        "npm install a & b",
        "npm install a | b",
        "npm install <a",
        "npm install >a",
        "npm install $A",
        "npm install `a`",
        "npm install $(a)",
        "npm install {a,b}",
        "npm install a\nb",
        "npm install a\rb",
        "npm install \\",
        "npm install 'a",
        "npm install \"a",
        "npm install ~/a",
        "npm install *",
        "npm install ?",
        "npm install [a]",
        "A=1 npm install",
        "/usr/bin/npm install",
        "npm install '$(a)'",
        "npm run a",
        "npm install\u{a0}",
    ] {
        assert!(!rule_allows(&rule, "Bash", &bash(command), WORKTREE), "{command}");
    }
}

#[test]
fn arguments_that_nobody_saw_match_no_rule() {
    let rule = rule("Bash", Some("npm test"));
    let check =
        |input: Value, expected: bool| assert_eq!(rule_allows(&rule, "Bash", &input, WORKTREE), expected);
    check(json!({"command": "npm test", "timeout": 5, "run_in_background": true}), true);
    check(json!({"command": "npm test", "dangerouslyDisableSandbox": false}), true);
    check(json!({"command": "npm test", "dangerouslyDisableSandbox": true}), false);
    check(json!({"command": "npm test", "somethingNew": "x"}), false);
    check(json!({"command": ["npm test"]}), false);
    check(json!("npm test"), false);
    check(json!({"command": "npm test "}), false);
}

#[test]
fn files_are_proposed_from_the_file_outwards() {
    let check = |path: &str, expected: &[&str]| {
        assert_eq!(proposed_names("Edit", &file(&format!("{WORKTREE}{path}"))), expected, "{path}");
    };
    check("/a.txt", &["a.txt"]);
    check("/src/a.rs", &["src/a.rs", "src/**"]);
    check("/src/x/y/a b.rs", &["src/x/y/a b.rs", "src/x/y/**", "src/**"]);
    for path in [
        "",
        "/",
        "x/a",
        "/../a",
        "/src/../../a",
        "/src/./a",
        "/src//a",
        "/.git/config",
        "/.GIT/config",
        "/sub/.git/hooks/x",
        "/.claude/settings.json",
        "/.mcp.json",
        "/.envrc",
        "/.husky/pre-commit",
        "/.github/workflows/ci.yml",
        "/.gitlab-ci.yml",
        "/.gitmodules",
        "/.gitattributes",
        "/.vscode/tasks.json",
        "/Jenkinsfile",
        "/GIT~1/config",
        "/.g\u{200c}it/config",
        "/a\nb",
        "/a*",
        "/src/",
        "/.git.",
        "/.cargo/config.toml",
        "/lefthook.yml",
    ] {
        check(path, &[]);
    }
    check("/.gitignore", &[".gitignore"]);
    assert!(proposed("Edit", &file("/etc/passwd")).is_empty());
    assert!(proposed("Edit", &file("src/a.rs")).is_empty(), "relative to a folder that nobody knows");
    assert!(propose_rules("Edit", &file("/a"), "").is_empty());
    let notebook = json!({"notebook_path": format!("{WORKTREE}/n/a.ipynb"), "new_source": ""});
    assert_eq!(proposed_names("NotebookEdit", &notebook), ["n/a.ipynb", "n/**"]);
}

#[test]
fn globs_match_by_folder() {
    let check = |pattern: &str, path: &str, expected: bool| {
        let input = file(&format!("{WORKTREE}/{path}"));
        assert_eq!(
            rule_allows(&rule("Edit", Some(pattern)), "Edit", &input, WORKTREE),
            expected,
            "{pattern} {path}"
        );
    };
    check("src/**", "src/a/b.rs", true);
    check("src/**", "srcx/b.rs", false);
    check("src/**", "src", false);
    check("src/**", "src/.git/config", false);
    check("src/**", "src/../b", false);
    check("src/*", "src/b.rs", true);
    check("src/*", "src/a/b.rs", false);
    check("**/*.rs", "b.rs", true);
    check("**/*.rs", "a/c/b.rs", true);
    check("**/*.rs", "a/c/b.rsx", false);
    check("a/**/z/**", "a/b/z/z/x", true);
    check("a*b*c", "axbxc", true);
    check("a*b*c", "abx", false);
    check("aa*a", "aa", false);
    check("**", ".github/workflows/a.yml", false);
    check("**", "a", true);
    let write = file(&format!("{WORKTREE}/src/b.rs"));
    assert!(!rule_allows(&rule("Edit", Some("src/**")), "Write", &write, WORKTREE), "another tool");
}

#[test]
fn hosts_are_exact_and_https() {
    let url = |url: &str| json!({"url": url, "prompt": "p"});
    let rule = rule("WebFetch", Some("docs.rs"));
    for good in ["https://docs.rs", "https://docs.rs/a?b#c", "https://docs.rs?x", "https://docs.rs#x"] {
        assert!(rule_allows(&rule, "WebFetch", &url(good), WORKTREE), "{good}");
    }
    for bad in [
        "http://docs.rs/",
        "https://docs.rs.evil.example/",
        "https://docs.rs@evil.example/",
        "https://docs.rs:8443/",
        "https://evil.example/docs.rs",
        "https://docs.rs\\@evil.example/",
        "https://docs.rs./",
        "HTTPS://docs.rs/",
        "https://docs.rs%2eevil.example/",
        "https:docs.rs",
        " https://docs.rs",
        "https://docs.rs/ x",
        "//docs.rs",
    ] {
        assert!(!rule_allows(&rule, "WebFetch", &url(bad), WORKTREE), "{bad}");
    }
    assert_eq!(proposed_names("WebFetch", &url("https://docs.rs/x")), ["docs.rs"]);
    for local in [
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://a.localhost/",
        "https://0x7f.1/",
    ] {
        assert!(proposed("WebFetch", &url(local)).is_empty(), "{local}");
    }
}

#[test]
fn other_tools_have_a_rule_only_if_their_name_says_enough() {
    let input = json!({"a": 1});
    for tool in ["mcp__board__ask", "mcp__my-server__do__it", "TodoWrite", "WebSearch"] {
        assert_eq!(proposed(tool, &input), [None], "{tool}");
    }
    for tool in [
        "Agent",
        "Task",
        "Glob",
        "Grep",
        "KillShell",
        "AskUserQuestion",
        "ExitPlanMode",
        "mcp__x",
        "mcp____y",
        "mcp__a b__c",
    ] {
        assert!(proposed(tool, &input).is_empty(), "{tool}");
        assert!(check_rule(&rule(tool, None)).is_err(), "{tool}");
    }
}

#[test]
fn rules_that_allow_too_much_are_refused() {
    for (tool, pattern) in [
        ("Bash", None),
        ("Bash", Some("")),
        ("Bash", Some(" *")),
        ("Bash", Some("* *")),
        ("Bash", Some("bash *")),
        ("Bash", Some("npm *")),
        ("Bash", Some("npm run *")),
        ("Bash", Some("npm run -s *")),
        ("Bash", Some("npm 'install' *")),
        ("Bash", Some("git push *")),
        ("Bash", Some("npm install $A *")),
        ("Bash", Some("a\nb")),
        ("Edit", None),
        ("Edit", Some("")),
        ("Edit", Some("/etc/**")),
        ("Edit", Some("../**")),
        ("Edit", Some("a/../b")),
        ("Edit", Some(".github/**")),
        ("Edit", Some("**/**/**/**")),
        ("WebFetch", None),
        ("WebFetch", Some("*")),
        ("WebFetch", Some("*.rs")),
        ("WebFetch", Some("https://docs.rs")),
        ("WebFetch", Some("localhost")),
        ("TodoWrite", Some("x")),
        ("mcp__a__b", Some("x")),
    ] {
        assert!(check_rule(&rule(tool, pattern)).is_err(), "{tool} {pattern:?}");
    }
    for (tool, pattern) in [
        ("Bash", "npm test && npm run lint"),
        ("Bash", "cargo test -p a *"),
        ("Write", "**"),
        ("Read", "docs/*.md"),
    ] {
        assert_eq!(check_rule(&rule(tool, Some(pattern))), Ok(()), "{tool} {pattern}");
    }
}

#[test]
fn files_that_run_by_themselves_are_known() {
    for path in [
        ".claude/settings.json",
        "packages/a/.claude/hooks/x.sh",
        ".mcp.json",
        ".envrc",
        ".husky/pre-commit",
        ".github/workflows/ci.yml",
        ".github/actions/a/action.yml",
        ".gitmodules",
        ".githooks/pre-push",
        "Jenkinsfile",
        ".vscode/tasks.json",
    ] {
        assert!(runs_by_itself(path), "{path}");
    }
    for path in
        ["CLAUDE.md", "src/main.rs", "package.json", ".gitignore", ".github/CODEOWNERS", "claude/x", "git/x"]
    {
        assert!(!runs_by_itself(path), "{path}");
    }
}

#[test]
fn rules_are_told_in_words() {
    let check = |tool: &str, pattern: Option<&str>, expected: &str| {
        assert_eq!(rule_text(&rule(tool, pattern)), expected)
    };
    check("Bash", Some("npm test"), "run `npm test`, exactly so");
    check("Bash", Some("npm install *"), "run `npm install`, with any plain words after it");
    check("Edit", Some("src/**"), "edit any file in `src/`");
    check("Write", Some("**"), "write any file of the worktree");
    check("Read", Some("a.txt"), "read `a.txt`");
    check("Edit", Some("src/*.rs"), "edit files that match `src/*.rs`");
    check("WebFetch", Some("docs.rs"), "fetch pages from docs.rs");
    check("mcp__lab__report", None, "use `report` of the MCP server `lab`");
    check("TodoWrite", None, "use TodoWrite");
    check("Bash", None, "do nothing: this rule for Bash is not one that the board understands");
}

/// Commands made of what matters: program names, options, quotes, blanks and every character with a meaning.
fn command() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("npm".to_owned()),
        Just("install".to_owned()),
        Just("git".to_owned()),
        Just("commit".to_owned()),
        Just("cargo".to_owned()),
        Just("test".to_owned()),
        Just(" ".to_owned()),
        Just(" *".to_owned()),
        "[-a-z]{1,6}",
        "[;&|<>$`(){}\\[\\]*?~\\\\'\"\n\r\t =#!]",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn any_input() -> impl Strategy<Value = (&'static str, Value)> {
    let path = prop_oneof!["(/(\\.\\.|\\.|[a-z*]{1,3}|\\.git|)){0,5}", ".{0,12}"];
    prop_oneof![
        command().prop_map(|command| ("Bash", bash(&command))),
        path.prop_map(|path| ("Write", file(&format!("{WORKTREE}{path}")))),
        "https?://[a-z.:@0-9]{0,12}(/.{0,5})?".prop_map(|url| ("WebFetch", json!({ "url": url }))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_proposal_allows_the_call_and_may_be_remembered((tool, input) in any_input()) {
        for proposal in propose_rules(tool, &input, WORKTREE) {
            let rule = RulePattern { tool_name: proposal.tool_name, pattern: proposal.pattern };
            prop_assert!(rule_allows(&rule, tool, &input, WORKTREE));
            prop_assert_eq!(check_rule(&rule), Ok(()));
        }
    }

    #[test]
    fn an_open_rule_never_allows_a_metacharacter(tail in command(), at in 0_usize..3) {
        let head = ["npm install", "git commit", "cargo test"][at];
        let command = format!("{head}{tail}");
        let is_allowed = rule_allows(&rule("Bash", Some(&format!("{head} *"))), "Bash", &bash(&command), WORKTREE);
        if is_allowed {
            let has_meta = command.contains(|c| ";&|<>$`(){}\n\r\\~*?[]".contains(c));
            prop_assert!(!has_meta);
            prop_assert!(tail.is_empty() || tail.starts_with(' '));
        }
    }

    #[test]
    fn an_exact_rule_allows_nothing_else(command in command(), other in command()) {
        let rule = rule("Bash", Some(&command));
        let is_open = command.ends_with(" *");
        prop_assert!(is_open || command == other || !rule_allows(&rule, "Bash", &bash(&other), WORKTREE));
    }

    #[test]
    fn a_path_out_of_the_worktree_never_matches(path in "(/(\\.\\.|\\.|[a-z]{1,3}|\\.git|)){0,6}", pattern in "(\\*\\*/)?[a-z*]{1,3}(/\\*\\*)?") {
        let input = file(&format!("{WORKTREE}{path}"));
        if rule_allows(&rule("Write", Some(&pattern)), "Write", &input, WORKTREE) {
            prop_assert!(path.starts_with('/'));
            prop_assert!(!path.split('/').any(|name| name == ".." || name == ".git"));
        }
    }
}
