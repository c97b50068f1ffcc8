use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use dploy_core::{
    environments::{
        claim::Claim,
        instance::{Instance, InstancePhase, InstanceStatus, Pin, reason},
        naming,
        plan::{
            adoption::{Adoption, claim_name_of, plan_adoption, with_duplicate},
            instance::{Link, Source, Step, plan_instance, status_after, status_after_error},
            rollout::with_outdated,
        },
        rendering::{RenderError, Subject},
        settings::Revision,
        template::{Rollout, Template},
    },
    error::chain,
    json::Json,
};
use kube::runtime::events::EventType;

use crate::{
    api::{DployInstance, GROUP},
    cluster::{self, ObjectKey as Key, Rule, labels},
    controller::{Outcome, Reconciler},
    environments::{
        caches::{BY_UUID, index_value},
        catalog::Compiled,
        convert::{self, Refusal},
    },
};

use super::{Context, Error, context::kernel_key, objects, provision::Provisioned, teardown::Removed};

/// What this controller asks of the API server: adoption makes and clears claims.
pub(super) const ACCESS: &[Rule] = &[
    Rule::new(GROUP, "dployinstances", &["update", "delete"]),
    Rule::new(GROUP, "dployinstances/status", &["update"]),
    Rule::new(GROUP, "dployinstanceclaims", &["get", "create", "delete"]),
];

/// Installs instances, tells how they are doing, and tears them down.
pub(crate) struct InstanceReconciler(pub(crate) Arc<Context>);

/// An instance with what its decision needs.
pub(crate) struct Observed {
    pub(super) object: Arc<DployInstance>,
    pub(super) instance: Instance,
    link: Link,
    source: Source,
    /// Why it is not as its template's newest revision says, where it follows that.
    outdated: Option<RenderError>,
    adoption: Adoption,
}

/// What came of a step.
pub(crate) enum Applied {
    Nothing,
    /// The API server does not accept it as prepared; what it said.
    Unprepared(String),
    Provisioned(Arc<DployInstance>, Provisioned),
    Removed(Removed),
}

#[async_trait]
impl Reconciler for InstanceReconciler {
    const KIND: &'static str = "DployInstance";
    type Observed = Observed;
    type Plan = Step;
    type Applied = Applied;
    type Error = Error;

    async fn observe(&self, key: &Key) -> Result<Option<Observed>, Error> {
        let Some(object) = self.0.caches.instances.cache().get(key) else { return Ok(None) };
        let instance = convert::instance(&object);
        let claim = instance.claim.as_ref().and_then(|carried| self.claim(&instance, &carried.name));
        let link = Link::of(&instance, claim.as_ref());
        let holder = claim_name_of(&instance).and_then(|name| self.claim(&instance, &name));
        let adoption = if instance.finalized { plan_adoption(&instance, holder.as_deref()) } else { Adoption::None };
        let (source, outdated) = self.source(&object, &instance);
        Ok(Some(Observed { object, instance, link, source, outdated, adoption }))
    }

    fn plan(&self, observed: &Observed, now: jiff::Timestamp) -> Step {
        plan_instance(&observed.instance, &observed.link, &observed.source, now.into())
    }

    async fn apply(&self, observed: &Observed, plan: &Step) -> Result<Applied, Error> {
        match plan {
            Step::Wait | Step::Report(_) => {}
            Step::Prepare => {
                let desired = objects::prepared(&observed.object, &observed.instance);
                match self.0.caches.instances.replace(&observed.object, &desired).await {
                    Err(error @ cluster::Error::Invalid { .. }) => return Ok(Applied::Unprepared(chain(&error))),
                    written => drop(written?),
                }
            }
            Step::Destroy => self.destroy(observed).await?,
            Step::Provision(provision) => {
                let live = match &provision.before {
                    Some(status) => self.report(&observed.object, &observed.instance, status).await?,
                    None => Arc::clone(&observed.object),
                };
                let provisioned = self.provision(&observed.instance, provision).await?;
                self.adopt(observed).await?;
                return Ok(Applied::Provisioned(live, provisioned));
            }
            Step::TearDown => return Ok(Applied::Removed(self.tear_down(observed).await?)),
            Step::Done => self.0.renders.forget(&observed.instance.meta.uid),
        }
        self.adopt(observed).await?;
        Ok(Applied::Nothing)
    }

    async fn status(&self, observed: &Observed, plan: &Step, applied: &Applied) -> Result<Outcome, Error> {
        let now = self.0.now();
        match (plan, applied) {
            (Step::Report(status), _) => {
                self.report_adoption(observed, &observed.object, &observed.instance, status).await?;
            }
            (Step::Provision(provision), Applied::Provisioned(live, provisioned)) => {
                let instance = convert::instance(live);
                let status = match provisioned {
                    Provisioned::Reported(readiness) => {
                        status_after(&instance, &observed.link, &provision.rendered.connection, readiness, now)
                    }
                    Provisioned::Failed(reason, message) => {
                        status_after_error(&instance, &observed.link, reason, message, now)
                    }
                };
                self.report_adoption(observed, live, &instance, &status).await?;
                return Ok(provisioned.outcome());
            }
            (_, Applied::Unprepared(message)) => {
                let (instance, link) = (&observed.instance, &observed.link);
                let status = status_after_error(instance, link, Refusal::INVALID_SPEC, message, now);
                self.report_adoption(observed, &observed.object, instance, &status).await?;
            }
            (Step::TearDown, Applied::Removed(removed)) => return self.report_removal(observed, removed).await,
            _ => {}
        }
        Ok(Outcome::await_change())
    }
}

impl InstanceReconciler {
    fn claim(&self, instance: &Instance, name: &str) -> Option<Arc<Claim>> {
        let found = self.0.caches.claims.cache().get(&Key::namespaced(&instance.meta.key.namespace, name))?;
        Some(Arc::new(convert::claim(&found)))
    }

    /// What the instance is or would be installed from, and why not from the newest revision, where it follows that.
    fn source(&self, object: &DployInstance, instance: &Instance) -> (Source, Option<RenderError>) {
        let namespace = &instance.meta.key.namespace;
        let compiled = match &instance.status.pin {
            Some(pin) => self
                .0
                .catalog
                .pinned(&self.0.caches, namespace, &pin.revision)
                .ok_or_else(|| (reason::TEMPLATE_NOT_FOUND, format!("revision \"{}\" is gone", pin.revision))),
            None => self.current(instance),
        };
        let compiled = match compiled {
            Ok(compiled) => compiled,
            Err((why, message)) => return (Source::Missing(why, message), None),
        };
        let outdated = match self.followed(instance, &compiled.revision) {
            Ok(Some(newest)) => return (newest, None),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let pin = instance.status.pin.clone().unwrap_or_else(|| self.pin(object, instance, &compiled));
        let rendered = self.0.renders.get(&instance.meta.uid, &compiled, subject(instance, &pin, &compiled.revision));
        (Source::Found { revision: Arc::clone(&compiled.revision), pin, rendered }, outdated)
    }

    pub(super) fn current(&self, instance: &Instance) -> Result<Arc<Compiled>, (&'static str, String)> {
        let key = Key::namespaced(&instance.meta.key.namespace, &instance.template);
        let Some(template) = self.0.caches.templates.cache().get(&key) else {
            let message = format!("template \"{}\" does not exist", instance.template);
            return Err((reason::TEMPLATE_NOT_FOUND, message));
        };
        match self.0.catalog.current(&self.0.caches, &template) {
            Ok(entry) => Ok(Arc::clone(&entry.compiled)),
            Err(refusal) => Err((reason::TEMPLATE_NOT_ACCEPTED, refusal.message)),
        }
    }

    /// What the instance would keep for life. What its status has already, from whatever version of dploy, wins.
    fn pin(&self, object: &DployInstance, instance: &Instance, compiled: &Compiled) -> Pin {
        let stored = object.status.as_ref();
        let uuid = stored.map(|status| status.uuid.clone()).filter(|uuid| !uuid.is_empty());
        let uuid = uuid.unwrap_or_else(|| self.free_uuid(instance));
        let owner = instance.owner.as_deref().filter(|_| !instance.pooled);
        let namespace = stored.map(|status| status.namespace.clone()).filter(|name| !name.is_empty());
        let revision = &compiled.revision;
        let apart = revision.settings.engine_namespace(&revision.template);
        Pin {
            namespace: namespace.unwrap_or_else(|| naming::namespace_name(owner, &instance.template, &uuid)),
            revision: compiled.revision.name.clone(),
            engine_namespace: apart.unwrap_or(&instance.meta.key.namespace).to_owned(),
            uuid,
        }
    }

    fn free_uuid(&self, instance: &Instance) -> String {
        let taken = |uuid: &String| {
            let value = index_value(&instance.meta.key.namespace, &format!("{}/{uuid}", instance.template));
            let holders = self.0.caches.find_instances(BY_UUID, &value);
            holders.iter().any(|holder| holder.meta.uid != instance.meta.uid)
        };
        let candidates = (0..).map(|counter| naming::uuid(&instance.meta.uid, counter));
        candidates.into_iter().find(|uuid| !taken(uuid)).unwrap_or_default()
    }

    /// Deletes an instance that no claim names, once a live look confirms it.
    async fn destroy(&self, observed: &Observed) -> Result<(), Error> {
        let Some(carried) = &observed.instance.claim else { return Ok(()) };
        let key = Key::namespaced(&observed.instance.meta.key.namespace, &carried.name);
        let claim = self.0.caches.claims.get_live(&key).await?.map(|claim| Arc::new(convert::claim(&claim)));
        if Link::of(&observed.instance, claim.as_ref()) == Link::Broken {
            self.0.caches.instances.delete(&observed.object).await?;
        }
        Ok(())
    }

    /// Gives a bare instance its claim.
    async fn adopt(&self, observed: &Observed) -> Result<(), Error> {
        let claims = &self.0.caches.claims;
        let namespace = &observed.instance.meta.key.namespace;
        match &observed.adoption {
            Adoption::Create(asked) => {
                let mut object = convert::claim_object(namespace, asked);
                object.spec.instance_ref = Some(crate::api::ObjectRef {
                    name: observed.instance.meta.key.name.clone(),
                    uid: observed.instance.meta.uid.clone(),
                });
                object.metadata.annotations = Some([(labels::ADOPTED.to_owned(), "true".to_owned())].into());
                claims.create(&object).await?;
            }
            Adoption::Clear(ended) => {
                if let Some(object) = claims.cache().get(&Key::namespaced(namespace, &ended.name)) {
                    claims.delete(&object).await?;
                }
            }
            Adoption::None | Adoption::Waits | Adoption::Duplicate(_) => {}
        }
        Ok(())
    }

    async fn report_adoption(
        &self,
        observed: &Observed,
        live: &Arc<DployInstance>,
        instance: &Instance,
        status: &InstanceStatus,
    ) -> Result<(), Error> {
        let holder = match &observed.adoption {
            Adoption::Duplicate(name) => Some(name.as_str()),
            _ => None,
        };
        let now = self.0.now();
        let status = with_duplicate(instance, status.clone(), holder, now);
        let status = with_outdated(instance, status, observed.outdated.as_ref(), now);
        self.report(live, instance, &status).await?;
        Ok(())
    }

    pub(super) async fn report(
        &self,
        live: &Arc<DployInstance>,
        before: &Instance,
        status: &InstanceStatus,
    ) -> Result<Arc<DployInstance>, Error> {
        let desired = convert::instance_with_status(live, status, &self.0.home);
        let written = self.0.caches.instances.replace_status(live, &desired).await?;
        let told = |status: &InstanceStatus| status.ready.as_ref().map(|ready| ready.reason.clone());
        // That a member is claimed is told of the claim.
        let moved = before.status.phase != status.phase && status.phase != InstancePhase::Claimed;
        if written.is_changed() && (moved || told(&before.status) != told(status)) {
            let failed = status.phase == InstancePhase::Failed || status.stuck.is_some();
            let kind = if failed { EventType::Warning } else { EventType::Normal };
            let note =
                status.ready.as_ref().map_or_else(String::new, |ready| format!("{}: {}", ready.reason, ready.message));
            self.0.events.publish(&**live, kind, status.phase.as_str(), "Reconcile", note);
        }
        if written.is_changed() && before.status.ready_at.is_none() && status.ready_at.is_some() {
            self.0.metrics.provisioned(before.meta.created, self.0.now());
        }
        Ok(written.into_object())
    }
}

/// What the texts are rendered with; a pool member never shows owner, parameters or claims.
pub(super) fn subject(instance: &Instance, pin: &Pin, revision: &Revision) -> Subject {
    let pooled = instance.pooled;
    Subject {
        owner: instance.owner.clone().filter(|_| !pooled).unwrap_or_default(),
        uuid: pin.uuid.clone(),
        namespace: pin.namespace.clone(),
        params: if pooled { Default::default() } else { params(instance, &revision.template) },
        claims: if pooled { Json::object() } else { instance.claims.clone() },
        seed: instance.render_seed.as_deref().and_then(seed).unwrap_or_default(),
        created: instance.meta.created,
    }
}

/// The parameters of an instance. One that follows its template was made before later parameters were declared: it has
/// their defaults.
fn params(instance: &Instance, template: &Template) -> BTreeMap<String, String> {
    let later = template.parameters.iter().filter(|_| template.rollout == Rollout::Follow);
    let defaults = later.map(|parameter| (parameter.name.clone(), parameter.default.clone()));
    defaults.chain(instance.params.clone()).collect()
}

/// Reads 64 hex digits.
fn seed(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// The key of the instance's own objects in the kernel's form.
pub(super) fn key_of(instance: &Instance) -> Key {
    kernel_key(&instance.meta.key)
}

#[cfg(test)]
mod tests {
    use dploy_core::{environments::settings::Settings, testing::builders};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::free(true, None)]
    #[case::claimed(true, Some("alice"))]
    #[case::on_demand(false, Some("alice"))]
    fn s58_a_member_of_a_pool_shows_nothing_of_its_owner_before_and_after_the_claim(
        #[case] pooled: bool,
        #[case] owner: Option<&str>,
    ) {
        let mut of = builders::instance("i", "t", InstancePhase::Ready);
        of.pooled = pooled;
        of.owner = owner.map(str::to_owned);
        of.params = BTreeMap::from([("size".to_owned(), "2".to_owned())]);
        of.claims = Json::from(serde_json::json!({ "sub": "1" }));
        let revision =
            Revision { name: "t-1".to_owned(), template: builders::template("t"), settings: Settings::default() };
        let pin = of.status.pin.clone().unwrap();
        let shown = subject(&of, &pin, &revision);
        let personal = (shown.owner.as_str(), shown.params.len(), shown.claims.as_value() == of.claims.as_value());
        assert_eq!(personal, if pooled { ("", 0, false) } else { ("alice", 1, true) });
        assert_eq!((shown.uuid, shown.namespace), (pin.uuid, pin.namespace));
    }
}
