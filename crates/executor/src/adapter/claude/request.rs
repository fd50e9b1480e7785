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
