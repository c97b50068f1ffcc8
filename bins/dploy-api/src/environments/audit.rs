use std::sync::Arc;

use dploy_core::environments::audit::{Act, Audit, Subject};

/// Writes a line of the log for each act and passes it on.
#[derive(Debug)]
pub(crate) struct Logged(pub(crate) Arc<dyn Audit>);

impl Audit for Logged {
    fn record(&self, act: &Act) {
        let (environment, template) = match &act.subject {
            Subject::Environment(claim, template) => (claim.name.as_str(), template.as_str()),
            Subject::Template(template) => ("", template.as_str()),
        };
        tracing::info!(
            audit.actor = act.actor,
            audit.action = act.deed.as_str(),
            environment.id = environment,
            template.name = template,
            "audit"
        );
        self.0.record(act);
    }
}
