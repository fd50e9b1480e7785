//! How the scripted agent attends to what the host says, at any moment of the play.

use std::{
    io,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    Actor, LOOK_INTERVAL,
    ears::{Heard, Message, Request},
    tools::ToolOutcome,
};

/// How often somebody who does nothing looks up.
const HANGING: Duration = Duration::from_secs(3600);

impl Actor {
    /// Attends to what was said already.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        while let Some(heard) = self.ears.heard() {
            self.attend(heard)?;
        }
        Ok(())
    }

    /// Waits, unless the turn is cut short.
    pub(super) fn wait(&mut self, duration: Duration) -> io::Result<()> {
        let until = Instant::now() + duration;
        while self.cut.is_none() {
            let Some(heard) = self.ears.hear_until(until) else { return Ok(()) };
            self.attend(heard)?;
        }
        Ok(())
    }

    pub(super) fn wait_for_file(&mut self, path: &Path) -> io::Result<()> {
        while !path.exists() && self.cut.is_none() {
            self.wait(LOOK_INTERVAL)?;
        }
        Ok(())
    }

    pub(super) fn hang(&mut self) -> io::Result<()> {
        while self.cut.is_none() {
            self.wait(HANGING)?;
        }
        Ok(())
    }

    /// Does what was asked for, or keeps it. Answers that nobody waits for are passed over.
    pub(super) fn attend(&mut self, heard: Heard) -> io::Result<()> {
        match heard {
            Heard::Message(message) => self.receive(message),
            Heard::Request { request_id, request } => self.comply(&request_id, request),
            Heard::Answer { .. } => Ok(()),
            Heard::End => {
                self.is_closed = true;
                Ok(())
            }
        }
    }

    /// Takes up the messages that wait.
    pub(super) fn take_messages(&mut self) -> io::Result<()> {
        let (ids, text) = self.inbox.take();
        self.message = text;
        ids.iter().try_for_each(|id| self.voice.lifecycle(id, "started"))
    }

    /// Ends a call. Here the turn takes up what came meanwhile.
    pub(super) fn end_call(&mut self, tool_use_id: &str, outcome: ToolOutcome) -> io::Result<()> {
        self.voice.tool_result(tool_use_id, outcome)?;
        self.listen()?;
        if self.inbox.is_waiting() && self.cut.is_none() { self.take_messages() } else { Ok(()) }
    }

    pub(super) fn set_mode(&mut self, mode: &str) -> io::Result<()> {
        if self.mode == mode {
            return Ok(());
        }
        mode.clone_into(&mut self.mode);
        self.voice.tell_mode(mode)
    }

    fn receive(&mut self, message: Message) -> io::Result<()> {
        let id = message.id.clone();
        // Without an id it is taken up, too; there is only nothing to tell about it.
        let is_new = self.inbox.queue(message);
        match id.filter(|_| is_new) {
            Some(id) => self.voice.lifecycle(&id, "queued"),
            None => Ok(()),
        }
    }

    fn comply(&mut self, request_id: &str, request: Request) -> io::Result<()> {
        match request {
            Request::Initialize { servers } => {
                self.board.offer(&servers);
                let answer =
                    json!({ "current_permission_mode": self.mode, "claude_code_version": "scripted" });
                self.voice.answer(request_id, &answer)
            }
            Request::Interrupt { is_queue_cancelled } => self.interrupt(request_id, is_queue_cancelled),
            Request::SetMode(mode) if self.refused_modes.contains(&mode) => {
                self.voice.refuse(request_id, &format!("Cannot set permission mode to {mode}"))
            }
            Request::SetMode(mode) => {
                self.voice.answer(request_id, &json!({ "mode": mode }))?;
                self.set_mode(&mode)
            }
            Request::Recall(id) => self.recall(request_id, &id),
            Request::EndSession => {
                self.is_ending = true;
                self.cut_short();
                self.voice.answer(request_id, &json!({}))
            }
            Request::Other(subtype) => {
                self.voice.refuse(request_id, &format!("unsupported request: {subtype}"))
            }
        }
    }

    fn interrupt(&mut self, request_id: &str, is_queue_cancelled: bool) -> io::Result<()> {
        self.cut_short();
        if !is_queue_cancelled {
            return self.voice.answer(request_id, &json!({ "still_queued": self.inbox.queued_ids() }));
        }
        let ids = self.inbox.recall_all();
        ids.iter().try_for_each(|id| self.voice.lifecycle(id, "cancelled"))?;
        self.voice.answer(request_id, &json!({ "still_queued": [], "cancelled": ids }))
    }

    /// Between turns there is nothing to cut.
    fn cut_short(&mut self) {
        if self.is_in_turn {
            self.cut = Some("aborted_tools");
        }
    }

    fn recall(&mut self, request_id: &str, id: &str) -> io::Result<()> {
        if !self.inbox.recall(id) {
            return self.voice.answer(request_id, &json!({ "cancelled": false }));
        }
        self.voice.lifecycle(id, "cancelled")?;
        self.voice.answer(request_id, &json!({ "cancelled": true, "message_uuid": id }))
    }
}
