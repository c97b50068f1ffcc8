//! Events that `kubectl describe` shows.

use std::collections::HashMap;
use std::time::Duration;

use dploy_core::error::chain;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
pub use kube::runtime::events::EventType;
use kube::runtime::events::{Event, Recorder, Reporter};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::{Object, Rule};

/// What publishing asks of the API server: an Event that is repeated becomes a series of the one that is there.
pub const ACCESS: &[Rule] = &[Rule::new("events.k8s.io", "events", &["create", "patch"])];

/// Events waiting to be sent; beyond that they are dropped.
const QUEUE: usize = 1024;
/// How long one request may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The same Event about the same object is not repeated within this time.
const REPEAT: Duration = Duration::from_secs(300);
/// The server's limit of a note, in bytes.
const LONGEST_NOTE: usize = 1000;

/// Publishes Events about our objects, in the background: a reconcile neither waits for them nor fails by them.
///
/// Publish on a transition only; as a safety net an Event with the same reason and note about the same object is sent
/// once in five minutes. When the server is slow, Events beyond the first thousand are dropped.
#[derive(Clone, Debug)]
pub struct Events {
    queue: mpsc::Sender<Note>,
}

#[derive(Debug)]
struct Note {
    regarding: ObjectReference,
    type_: EventType,
    reason: &'static str,
    action: &'static str,
    text: String,
    repeats: bool,
}

impl Events {
    /// Publishes as `controller` (for example `dploy-operator`), with `instance` naming this process. Needs a Tokio
    /// runtime; the background task ends with the last clone.
    pub fn new(client: Client, controller: impl Into<String>, instance: impl Into<String>) -> Self {
        let reporter = Reporter { controller: controller.into(), instance: Some(instance.into()) };
        let (queue, notes) = mpsc::channel(QUEUE);
        tokio::spawn(send_all(Recorder::new(client, reporter), notes));
        Self { queue }
    }

    /// Publishes an Event about `object`: a constant CamelCase `reason`, the CamelCase `action` that led to it and a
    /// text for people, cut to 1 kB.
    pub fn publish<K: Object>(
        &self,
        object: &K,
        type_: EventType,
        reason: &'static str,
        action: &'static str,
        text: impl Into<String>,
    ) {
        self.publish_about(object.object_ref(&()), type_, reason, action, text);
    }

    /// As [`publish`](Self::publish), about an object of whatever kind.
    pub fn publish_about(
        &self,
        regarding: ObjectReference,
        type_: EventType,
        reason: &'static str,
        action: &'static str,
        text: impl Into<String>,
    ) {
        self.enqueue(Note { regarding, type_, reason, action, text: text.into(), repeats: false });
    }

    /// As [`publish`](Self::publish), but for what counts each time it happens: nothing is taken for a repetition.
    pub fn publish_each<K: Object>(
        &self,
        object: &K,
        type_: EventType,
        reason: &'static str,
        action: &'static str,
        text: impl Into<String>,
    ) {
        let regarding = object.object_ref(&());
        self.enqueue(Note { regarding, type_, reason, action, text: text.into(), repeats: true });
    }

    fn enqueue(&self, mut note: Note) {
        note.text.truncate(note.text.floor_char_boundary(LONGEST_NOTE));
        let reason = note.reason;
        if self.queue.try_send(note).is_err() {
            tracing::debug!(event.reason = reason, "dropping an event, too many are waiting");
        }
    }
}

async fn send_all(recorder: Recorder, mut notes: mpsc::Receiver<Note>) {
    let mut sent: HashMap<(String, &'static str, String), Instant> = HashMap::new();
    while let Some(note) = notes.recv().await {
        let now = Instant::now();
        sent.retain(|_, at| now.duration_since(*at) < REPEAT);
        let uid = note.regarding.uid.clone().unwrap_or_default();
        if sent.insert((uid, note.reason, note.text.clone()), now).is_some() && !note.repeats {
            continue;
        }
        let event = Event {
            type_: note.type_,
            reason: note.reason.to_owned(),
            note: Some(note.text).filter(|text| !text.is_empty()),
            action: note.action.to_owned(),
            secondary: None,
        };
        match timeout(CALL_TIMEOUT, recorder.publish(&event, &note.regarding)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::debug!(error = chain(&error), event.reason = note.reason, "cannot publish an event")
            }
            Err(_) => tracing::debug!(event.reason = note.reason, "publishing an event took too long"),
        }
    }
}
