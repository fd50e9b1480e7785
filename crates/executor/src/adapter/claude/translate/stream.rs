//! `stream_event`: a message that is being written. Never stored; each new message voids what was partial.

use super::activity;
use crate::{Partial, Signal, Translation, adapter::claude::message::StreamEvent};

pub(super) fn translate_stream_event(line: StreamEvent) -> Translation {
    // Subagents write at the same time as others; only their whole messages are shown.
    if line.parent_tool_use_id.is_some() {
        return Translation::default();
    }
    let signal = match line.event.kind.as_str() {
        "message_start" => Some(Signal::Partial(Partial::Reset)),
        "content_block_start" => match line.event.content_block.as_ref().map(|block| block.kind.as_str()) {
            Some("thinking") => Some(activity("thinking", None)),
            Some("text") => Some(activity("writing", None)),
            _ => None,
        },
        "content_block_delta" => line.event.delta.and_then(|delta| {
            let text = delta.text.map(Partial::Text);
            text.or(delta.thinking.map(Partial::Thinking)).map(Signal::Partial)
        }),
        // The arguments of a tool call and the ends of things come whole with the next line.
        _ => None,
    };
    signal.map_or_else(Translation::default, Translation::of_signal)
}
