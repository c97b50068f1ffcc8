use std::sync::Arc;

use async_trait::async_trait;
use dploy_core::condition::{ACCEPTED, READY};

use crate::{
    api::{GROUP, OperatorConfig, OperatorConfigSpec, stored},
    cluster::{
        ObjectKey as Key, Rule,
        condition::{ConditionUpdate, set_condition},
    },
    controller::{Outcome, Reconciler},
    environments::{
        catalog::CONFIG_NAME,
        convert::{self, Refusal},
    },
};

use super::{Context, Error};

/// What this controller asks of the API server.
pub(super) const ACCESS: &[Rule] = &[Rule::new(GROUP, "operatorconfigs/status", &["update"])];

/// Tells which OperatorConfig counts.
pub(crate) struct ConfigReconciler(pub(crate) Arc<Context>);

/// The first field that cannot be used, for which what is built in counts, and what it accepts.
fn refused(spec: &OperatorConfigSpec) -> Option<String> {
    let isolation = spec.defaults.as_ref().and_then(|defaults| defaults.isolation.as_ref());
    let isolation = || convert::isolation(isolation).err().map(|refused| format!("defaults.{refused}"));
    stored::violation::<OperatorConfig>(spec).or_else(isolation)
}

#[async_trait]
impl Reconciler for ConfigReconciler {
    const KIND: &'static str = "OperatorConfig";
    type Observed = Arc<OperatorConfig>;
    type Plan = OperatorConfig;
    type Applied = ();
    type Error = Error;

    async fn observe(&self, key: &Key) -> Result<Option<Arc<OperatorConfig>>, Error> {
        Ok(self.0.caches.configs.cache().get(key).filter(|config| config.metadata.deletion_timestamp.is_none()))
    }

    fn plan(&self, observed: &Arc<OperatorConfig>, now: jiff::Timestamp) -> OperatorConfig {
        let counts = observed.metadata.name.as_deref() == Some(CONFIG_NAME);
        let (holds, reason, message) = match (counts, refused(&observed.spec)) {
            (false, _) => (false, "Ignored", format!("only the OperatorConfig named \"{CONFIG_NAME}\" counts")),
            (true, Some(message)) => (false, Refusal::INVALID_SPEC, message),
            (true, None) => (true, "Active", String::new()),
        };
        let generation = observed.metadata.generation;
        let mut desired = OperatorConfig::clone(observed);
        let status = desired.status.get_or_insert_default();
        status.observed_generation = generation;
        for kind in [ACCEPTED, READY] {
            let update = ConditionUpdate {
                type_: kind.to_owned(),
                status: holds.into(),
                reason: reason.to_owned(),
                message: message.clone(),
                observed_generation: generation,
            };
            set_condition(&mut status.conditions, update, now);
        }
        desired
    }

    async fn apply(&self, _: &Arc<OperatorConfig>, _: &OperatorConfig) -> Result<(), Error> {
        Ok(())
    }

    async fn status(&self, observed: &Arc<OperatorConfig>, plan: &OperatorConfig, (): &()) -> Result<Outcome, Error> {
        self.0.caches.configs.replace_status(observed, plan).await?;
        Ok(Outcome::await_change())
    }
}
