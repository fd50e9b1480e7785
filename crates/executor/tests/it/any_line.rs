//! Whatever an agent writes, translating it neither panics nor loses it.

use domain::AgentAdapter;
use executor::{AgentLine, OutputStream, Signal, Translation, adapter_for};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::captures::captures;

fn translate(bytes: &[u8]) -> Translation {
    let line = AgentLine { stream: OutputStream::Stdout, bytes, is_truncated: false };
    adapter_for(AgentAdapter::Claude).translate(line)
}

/// One line of each shape that was ever recorded.
fn recorded() -> Vec<Value> {
    let shape = |line: &Value| {
        let word =
            |pointer: &str| line.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let pointers = ["/type", "/subtype", "/request/subtype", "/request/tool_name", "/event/type"];
        pointers.map(word).join(" ") + &word("/message/content/0/type")
    };
    let lines = captures().into_values().flat_map(|bytes| {
        let lines = bytes.split(|byte| *byte == b'\n').map(serde_json::from_slice::<Value>);
        lines.flatten().collect::<Vec<_>>()
    });
    let by_shape: std::collections::BTreeMap<String, Value> =
        lines.map(|line| (shape(&line), line)).collect();
    by_shape.into_values().collect()
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// Every place inside a value, as a pointer.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(inner, &format!("{here}/{name}"), found);
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, inner)| places(inner, &format!("{here}/{index}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn changed_line() -> impl Strategy<Value = Value> {
    let lines = recorded();
    assert!(lines.len() > 50, "{}", lines.len());
    let change = (any::<prop::sample::Index>(), any_value());
    (prop::sample::select(lines), prop::collection::vec(change, 0..3)).prop_map(|(mut line, changes)| {
        for (place, value) in changes {
            let mut found = Vec::new();
            places(&line, "", &mut found);
            let place = &found[place.index(found.len())];
            *line.pointer_mut(place).unwrap() = value;
        }
        line
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_line_that_is_not_quite_right_is_translated(line in changed_line()) {
        let first = translate(line.to_string().as_bytes());
        prop_assert_eq!(&first, &translate(line.to_string().as_bytes()), "the line alone decides");
        // What the agent waits on is answered, asked, or kept as something unknown: never passed over.
        if line["type"] == "control_request" {
            let is_seen = |signal: &Signal| matches!(
                signal,
                Signal::Reply { .. } | Signal::Asked(_) | Signal::BoardCall(_) | Signal::Unknown
            );
            prop_assert!(first.signals.iter().any(is_seen), "{}", line);
        }
        for signal in &first.signals {
            let Signal::Reply { bytes, .. } = signal else { continue };
            prop_assert!(bytes.ends_with(b"\n"));
            prop_assert!(serde_json::from_slice::<Value>(bytes).is_ok());
        }
    }

    #[test]
    fn bytes_of_any_kind_are_translated(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        translate(&bytes);
    }

    #[test]
    fn a_line_that_was_cut_is_translated(line in changed_line(), length in any::<prop::sample::Index>()) {
        let text = line.to_string();
        translate(&text.as_bytes()[..length.index(text.len())]);
    }
}
