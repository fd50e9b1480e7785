//! What the host says to Claude Code of its own accord: messages and requests.

use serde_json::{Value, json};
use uuid::Uuid;

use super::to_line;
use crate::adapter::launch::{Image, UserMessage};

/// A request, under an id of [`crate::adapter::request_id`].
pub(super) fn control(request_id: &str, request: Value) -> Vec<u8> {
    to_line(&json!({ "type": "control_request", "request_id": request_id, "request": request }))
}

/// A user message. Its id comes back in lines about what became of it.
pub(super) fn user_message(message_id: Uuid, message: &UserMessage) -> Vec<u8> {
    to_line(&json!({
        "type": "user",
        "message": { "role": "user", "content": content(message) },
        "parent_tool_use_id": null,
        "uuid": message_id,
    }))
}

/// Plain text stays plain; what refers to images comes after them.
fn content(message: &UserMessage) -> Value {
    if message.images.is_empty() {
        return Value::String(message.text.clone());
    }
    let text = json!({ "type": "text", "text": message.text });
    let has_text = !message.text.trim().is_empty();
    message.images.iter().map(image_block).chain(has_text.then_some(text)).collect()
}

fn image_block(image: &Image) -> Value {
    let source = json!({ "type": "base64", "media_type": image.media_type, "data": image.base64 });
    json!({ "type": "image", "source": source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_text_or_images_and_then_text() {
        let image = |media_type: &str| Image { media_type: media_type.to_owned(), base64: "AAAA".to_owned() };
        let block = |media_type: &str| {
            let source = json!({ "type": "base64", "media_type": media_type, "data": "AAAA" });
            json!({ "type": "image", "source": source })
        };
        let words = json!({ "type": "text", "text": "look\n" });
        let cases = [
            ("look\n", vec![], json!("look\n")),
            ("look\n", vec![image("image/png")], json!([block("image/png"), words])),
            ("", vec![image("a"), image("b")], json!([block("a"), block("b")])),
            ("", vec![], json!("")),
        ];
        for (text, images, content) in cases {
            let message = UserMessage { text: text.to_owned(), images };
            let line = user_message(Uuid::from_u128(1), &message);
            assert!(line.ends_with(b"\n") && line.iter().filter(|byte| **byte == b'\n').count() == 1);
            let expected = json!({
                "type": "user", "message": { "role": "user", "content": content }, "parent_tool_use_id": null,
                "uuid": "00000000-0000-0000-0000-000000000001",
            });
            assert_eq!(serde_json::from_slice::<Value>(&line).unwrap(), expected);
        }
    }
}
