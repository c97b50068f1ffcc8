//! What has ended goes, and the namespaces of what is gone. Every replica may do so at once.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use dploy_core::{environments::ObjectKey, error::chain, time::Timestamp};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, PartialObjectMeta, Preconditions},
};
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::{Error, Rule, labels},
    environments::argocd::away::tell_what_stays,
    foreign::argocd::Application,
};

use super::{APPLICATION, GROUP, OURS, platform::Direct, record::Record};

/// What cleaning up asks of the API server.
pub(super) const ACCESS: &[Rule] = &[
    Rule::new(GROUP, "applications", &["list", "delete"]).at_argocd(),
    // Their names are not known beforehand; which of them are ours is told by what they carry.
    Rule::new("", "namespaces", &["list", "delete"]),
];

/// Objects per page of a list.
const PAGE: u32 = 500;

/// Cleans up every `interval` until `cancel`. What fails is logged and tried again the next time.
pub async fn run(platform: Arc<Direct>, interval: Duration, cancel: CancellationToken) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = platform.clean_up().await {
            tracing::warn!(error = chain(&error), "cleaning up failed; it is tried again");
        }
    }
}

/// What one pass does.
#[derive(Clone, PartialEq, Debug, Default)]
struct Sweep {
    /// Applications whose time is up.
    ended: Vec<Application>,
    /// Names and uids of namespaces whose Application is gone.
    left: Vec<(String, String)>,
}

impl Direct {
    /// One pass. What cannot be removed is logged and keeps nothing else from being removed.
    async fn clean_up(&self) -> Result<(), Error> {
        // Namespaces first: the Application of any of these was there before, so if it is not now, it is gone.
        let namespaces = self.namespaces().await?;
        let sweep = sweep(&self.all().await?, &namespaces, &self.settings.argocd.namespace, self.clock.now());
        for application in &sweep.ended {
            self.end(application).await;
        }
        for (name, uid) in &sweep.left {
            self.remove_namespace(name, uid).await;
        }
        Ok(())
    }

    async fn end(&self, application: &Application) {
        let name = application.name_any();
        match self.applications.delete(application).await {
            Ok(()) => {
                tracing::info!(application.name = name, "an environment has ended");
                tell_what_stays(application);
            }
            // It was extended, or another replica deletes it; the next pass sees.
            Err(Error::Conflict { .. }) => {}
            Err(error) => {
                tracing::warn!(
                    application.name = name,
                    error = chain(&error),
                    "an ended environment cannot be removed"
                );
            }
        }
    }

    async fn all(&self) -> Result<Vec<Application>, Error> {
        let mut params = ListParams::default().labels(OURS).limit(PAGE);
        let mut all = Vec::new();
        loop {
            let page = self.api().list(&params).await.map_err(|error| failed("list", "Applications", error))?;
            all.extend(page.items);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(all),
            }
        }
    }

    async fn namespaces(&self) -> Result<Vec<PartialObjectMeta<Namespace>>, Error> {
        let api = Api::<Namespace>::all(self.applications.client().clone());
        let found = api.list_metadata(&ListParams::default().labels(OURS)).await;
        found.map(|list| list.items).map_err(|error| failed("list", "Namespaces", error))
    }

    async fn remove_namespace(&self, name: &str, uid: &str) {
        let api = Api::<Namespace>::all(self.applications.client().clone());
        let preconditions = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
        match api.delete(name, &DeleteParams::background().preconditions(preconditions)).await {
            Ok(_) => tracing::info!(namespace.name = name, "the namespace of a former environment goes"),
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
            Err(error) => {
                let error = failed("delete", &format!("Namespace {name}"), error);
                tracing::warn!(namespace.name = name, error = chain(&error), "a namespace cannot be removed");
            }
        }
    }
}

/// What is to go. A namespace goes only if it was made for an Application of this installation, carries that one's uid,
/// and no Application with that uid is left.
fn sweep(
    applications: &[Application],
    namespaces: &[PartialObjectMeta<Namespace>],
    argocd: &str,
    now: Timestamp,
) -> Sweep {
    let uid = |found: &Application| found.annotations().get(labels::INSTANCE_UID).cloned();
    let known: BTreeSet<String> = applications.iter().filter_map(uid).collect();
    let has_ended = |found: &&Application| {
        found.metadata.deletion_timestamp.is_none() && Record::of(found).is_some_and(|record| record.has_ended(now))
    };
    let is_left = |found: &&PartialObjectMeta<Namespace>| {
        let note = |name| found.annotations().get(name);
        let here = note(APPLICATION).and_then(|key| ObjectKey::parse(key)).is_some_and(|key| key.namespace == argocd);
        let orphaned = note(labels::INSTANCE_UID).is_some_and(|uid| !uid.is_empty() && !known.contains(uid));
        here && orphaned && found.metadata.deletion_timestamp.is_none()
    };
    let named = |found: &PartialObjectMeta<Namespace>| Some((found.name_any(), found.uid()?));
    Sweep {
        ended: applications.iter().filter(has_ended).cloned().collect(),
        left: namespaces.iter().filter(is_left).filter_map(named).collect(),
    }
}

fn failed(verb: &'static str, subject: &str, source: kube::Error) -> Error {
    Error::Api { verb, subject: subject.to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use serde_json::{Value, json};

    use super::{
        super::objects::tests::{UID, sample},
        *,
    };

    fn namespace(annotations: Value) -> PartialObjectMeta<Namespace> {
        serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "n", "uid": "u", "annotations": annotations },
        }))
        .unwrap()
    }

    fn own(uid: &str) -> PartialObjectMeta<Namespace> {
        namespace(json!({ APPLICATION: "argocd/john-doe-webterm-a1b2c3d4", labels::INSTANCE_UID: uid }))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn an_application_goes_when_its_time_is_up_and_once() {
        let mut application = sample();
        assert!(sweep(&[application.clone()], &[], "argocd", at(3599)).ended.is_empty());
        assert_eq!(sweep(&[application.clone()], &[], "argocd", at(3600)).ended.len(), 1);
        application.metadata.deletion_timestamp = Some(Time(jiff::Timestamp::UNIX_EPOCH));
        assert!(sweep(&[application], &[], "argocd", at(3600)).ended.is_empty());
    }

    #[test]
    fn a_namespace_goes_after_its_application_and_never_without_our_notes() {
        let gone = vec![("n".to_owned(), "u".to_owned())];
        assert_eq!(sweep(&[], &[own(UID)], "argocd", at(0)).left, gone);
        assert!(sweep(&[sample()], &[own(UID)], "argocd", at(9999)).left.is_empty(), "its Application is still there");
        assert_eq!(sweep(&[sample()], &[own("other")], "argocd", at(0)).left, gone, "another's is not enough");
        assert!(sweep(&[], &[own(UID)], "elsewhere", at(0)).left.is_empty(), "another installation's");
        for annotations in [json!({}), json!({ APPLICATION: "argocd/x" }), json!({ labels::INSTANCE_UID: UID })] {
            assert!(sweep(&[], &[namespace(annotations)], "argocd", at(0)).left.is_empty());
        }
        let mut going = own(UID);
        going.metadata.deletion_timestamp = Some(Time(jiff::Timestamp::UNIX_EPOCH));
        assert!(sweep(&[], &[going], "argocd", at(0)).left.is_empty());
    }
}
