//! What people do, in the log.

use std::sync::Arc;

use dploy_core::environments::audit::{Act, Audit, Subject};

/// Writes a line of the log for each act, done or refused, and passes it on.
#[derive(Debug)]
pub(crate) struct Logged(pub(crate) Arc<dyn Audit>);

impl Audit for Logged {
    fn record(&self, act: &Act) {
        let (environment, uid, template) = match &act.subject {
            Subject::Environment(claim, template) => (claim.name.as_str(), claim.uid.as_str(), template.as_str()),
            Subject::Template(template) => ("", "", template.as_str()),
        };
        tracing::info!(
            audit.actor = act.actor,
            audit.action = act.deed.as_str(),
            audit.outcome = act.outcome.as_str(),
            environment.id = environment,
            environment.uid = uid,
            template.name = template,
            "audit"
        );
        self.0.record(act);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard};

    use dploy_core::environments::{
        UidRef,
        audit::{Deed, NoAudit, Outcome},
        marks::Mark,
    };
    use serde_json::{Value, json};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
            self.0.lock().unwrap()
        }
    }

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.bytes().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn line(deed: Deed, subject: Subject, outcome: Outcome) -> Value {
        let (written, act) = (Written::default(), Act { actor: "jane".to_owned(), deed, subject, outcome });
        let writer = written.clone();
        let log = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(log, || Logged(Arc::new(NoAudit)).record(&act));
        serde_json::from_slice(&written.bytes()).unwrap()
    }

    #[test]
    fn a_line_names_actor_act_object_and_outcome() {
        let claim = UidRef { name: "jane-vscode-0123456789".to_owned(), uid: "u".to_owned() };
        let subject = Subject::Environment(claim, "vscode".to_owned());
        let done = line(Deed::Released, subject, Outcome::Done);
        let expected = json!({
            "audit.actor": "jane", "audit.action": "Released", "audit.outcome": "done",
            "environment.id": "jane-vscode-0123456789", "environment.uid": "u", "template.name": "vscode",
        });
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(done[field], *value, "{field} of {done}");
        }
        let subject = Subject::Template("vscode".to_owned());
        let refused = line(Deed::Marked(Mark::Cordoned, true), subject, Outcome::Failed("templates_fixed"));
        assert_eq!(
            (&refused["audit.action"], &refused["audit.outcome"]),
            (&json!("Cordoned"), &json!("templates_fixed"))
        );
        assert_eq!((&refused["environment.id"], &refused["template.name"]), (&json!(""), &json!("vscode")));
    }
}
