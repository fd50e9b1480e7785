//! Cutting what an event carries to a size that a browser can take; the journal keeps the whole.

use domain::{TEXT_BYTES_MAX, bounded_text};
use serde_json::Value;

/// What stands at the end of a text that was cut inside a structure.
const CUT_MARK: &str = "… (cut)";

/// A structure whose texts have [`TEXT_BYTES_MAX`] bytes in all; what is beyond is cut or left out.
pub(super) fn bounded_value(mut value: Value) -> Value {
    let mut budget = TEXT_BYTES_MAX;
    bound(&mut value, &mut budget);
    value
}

/// A text from bytes of any kind, cut.
pub(super) fn bounded_bytes(bytes: &[u8]) -> (String, bool) {
    // Room for one character more than is kept, so that a cut is noticed.
    let looked_at = &bytes[..bytes.len().min(TEXT_BYTES_MAX + 4)];
    let (text, is_cut) = bounded_text(&String::from_utf8_lossy(looked_at));
    (text, is_cut || looked_at.len() < bytes.len())
}

fn bound(value: &mut Value, budget: &mut usize) {
    // Every part costs something, so that many empty ones are bounded, too.
    *budget = budget.saturating_sub(8);
    match value {
        Value::String(text) => bound_text(text, budget),
        Value::Array(items) => {
            items.retain_mut(|item| {
                let keeps = *budget > 0;
                bound(item, budget);
                keeps
            });
        }
        Value::Object(fields) => fields.retain(|name, field| {
            let keeps = *budget > 0;
            *budget = budget.saturating_sub(name.len());
            bound(field, budget);
            keeps
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn bound_text(text: &mut String, budget: &mut usize) {
    if text.len() > *budget {
        let mut end = *budget;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(CUT_MARK);
    }
    *budget = budget.saturating_sub(text.len());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_is_unchanged() {
        let value = json!({"a": ["é", 1, null], "b": {"c": true}});
        assert_eq!(bounded_value(value.clone()), value);
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_character() {
        let value = bounded_value(json!({"a": "é".repeat(TEXT_BYTES_MAX), "b": 1}));
        let text = value["a"].as_str().unwrap();
        assert!(text.len() < TEXT_BYTES_MAX + 20 && text.ends_with("é… (cut)"), "{}", text.len());
        let many = bounded_value(json!(vec![""; 1_000_000]));
        assert!(many.as_array().unwrap().len() < TEXT_BYTES_MAX);
    }

    #[test]
    fn bytes_that_are_no_text_become_one() {
        assert_eq!(bounded_bytes(b"a\xff\x00"), ("a\u{fffd}\0".to_owned(), false));
        let (text, is_cut) = bounded_bytes(&vec![b'x'; TEXT_BYTES_MAX + 1]);
        assert!(is_cut && text.len() == TEXT_BYTES_MAX);
    }
}
