//! Writes the sources that releases share, and removes those that nothing needs.

use std::collections::BTreeSet;

use dploy_core::environments::{ObjectKey, ports::Release};
use kube::{
    Api, Client, ResourceExt,
    api::{ObjectMeta, PartialObjectMeta},
};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{
    api::{DployTemplate, GROUP},
    cluster::{Cache, CacheMetrics, Error, Object, ObjectKey as Key, Owner, Rule, Store, watch},
    environments::release::{ours, persist},
    foreign::flux::{FluxStatus, GitRepository, HelmRelease, HelmRepository, OciRepository},
};

use super::{
    REVISIONS, TEMPLATE_KEY,
    engine::BY_SOURCE,
    objects::{Source, SourceKey, source_owner, template_reference},
};

/// What sources ask of the API server; whether a template lives is looked up before a source is tied to it.
pub(super) const ACCESS: &[Rule] = &[
    source("gitrepositories"),
    source("helmrepositories"),
    source("ocirepositories"),
    Rule::new(GROUP, "dploytemplates", &["get"]),
];

const fn source(resource: &'static str) -> Rule {
    Rule::new("source.toolkit.fluxcd.io", resource, &["get", "list", "watch", "create", "patch", "delete"])
}

/// Index of sources by the template that they belong to.
const BY_TEMPLATE: &str = "template";
/// How many revisions a source notes; a release that refers to it keeps it in any case.
const REVISIONS_MAX: usize = 256;
/// How often the removal of a source that changes meanwhile is tried.
const ATTEMPTS: usize = 5;

/// A kind of source.
pub(super) trait FluxSource: Object {
    /// What source-controller reports of it.
    fn reported(&self) -> Option<&FluxStatus>;
}

impl FluxSource for GitRepository {
    fn reported(&self) -> Option<&FluxStatus> {
        self.status.as_ref()
    }
}

impl FluxSource for HelmRepository {
    fn reported(&self) -> Option<&FluxStatus> {
        self.status.as_ref()
    }
}

impl FluxSource for OciRepository {
    fn reported(&self) -> Option<&FluxStatus> {
        self.status.as_ref()
    }
}

/// The sources of all three kinds.
pub(super) struct Sources {
    pub(super) git: Store<GitRepository>,
    pub(super) helm: Store<HelmRepository>,
    pub(super) oci: Store<OciRepository>,
    /// Held while a source is created, so that the first releases of a chart do not race for it.
    creating: Mutex<()>,
}

impl Sources {
    pub(super) fn new(client: &Client, metrics: &CacheMetrics) -> Self {
        Self {
            git: store(client, metrics),
            helm: store(client, metrics),
            oci: store(client, metrics),
            creating: Mutex::default(),
        }
    }

    /// Watches the kinds that the cluster has.
    pub(super) fn watch(&self, client: &Client, cancel: &CancellationToken) {
        drop(watch::spawn(client.clone(), self.git.cache().clone(), ours(), cancel.clone()));
        drop(watch::spawn(client.clone(), self.helm.cache().clone(), ours(), cancel.clone()));
        drop(watch::spawn(client.clone(), self.oci.cache().clone(), ours(), cancel.clone()));
    }

    pub(super) fn synced(&self) -> bool {
        self.git.cache().synced() && self.helm.cache().synced() && self.oci.cache().synced()
    }

    pub(super) async fn wait_synced(&self) {
        tokio::join!(self.git.cache().wait_synced(), self.helm.cache().wait_synced(), self.oci.cache().wait_synced());
    }

    pub(super) async fn refresh(&self) {
        tokio::join!(self.git.cache().refresh(), self.helm.cache().refresh(), self.oci.cache().refresh());
    }

    /// Makes the source of `release` so.
    pub(super) async fn ensure(&self, release: &Release, source: &Source) -> Result<(), Error> {
        match source {
            Source::Git(source) => self.ensure_in(&self.git, release, source).await,
            Source::Helm(source) => self.ensure_in(&self.helm, release, source).await,
            Source::Oci(source) => self.ensure_in(&self.oci, release, source).await,
        }
    }

    async fn ensure_in<K: Object>(&self, store: &Store<K>, release: &Release, desired: &K) -> Result<(), Error> {
        let key = Key::of(desired);
        if let Some(live) = store.cache().get(&key) {
            return apply(store, release, desired, Some(&live)).await;
        }
        let _alone = self.creating.lock().await;
        let live = match store.cache().get(&key) {
            Some(live) => Some(live),
            None => store.get_live(&key).await?,
        };
        apply(store, release, desired, live.as_deref()).await
    }

    /// The generation of a source and what is reported of it.
    pub(super) fn status(&self, source: &Source) -> Option<(i64, FluxStatus)> {
        match source {
            Source::Git(source) => status(&self.git, source),
            Source::Helm(source) => status(&self.helm, source),
            Source::Oci(source) => status(&self.oci, source),
        }
    }

    /// Removes, of the sources that no release refers to, those that are `unneeded`.
    pub(super) async fn remove(&self, releases: &Cache<HelmRelease>, unneeded: &Unneeded<'_>) -> Result<(), Error> {
        remove_from(&self.git, releases, unneeded).await?;
        remove_from(&self.helm, releases, unneeded).await?;
        remove_from(&self.oci, releases, unneeded).await
    }

    /// Whether [`remove`](Self::remove) would find something.
    pub(super) fn has(&self, releases: &Cache<HelmRelease>, unneeded: &Unneeded<'_>) -> bool {
        let found = |found: usize| found > 0;
        found(candidates(&self.git, releases, unneeded).len())
            || found(candidates(&self.helm, releases, unneeded).len())
            || found(candidates(&self.oci, releases, unneeded).len())
    }
}

/// Which sources may go once no release refers to them.
pub(super) enum Unneeded<'a> {
    /// Those of the template that none of the revisions was made for.
    Without(&'a ObjectKey, &'a BTreeSet<String>),
    /// Those in the namespace that go with no template: it is gone, or lives elsewhere.
    Ownerless(&'a str),
}

impl Unneeded<'_> {
    fn covers(&self, meta: &ObjectMeta) -> bool {
        let note = |name| meta.annotations.as_ref().and_then(|notes| notes.get(name)).map(String::as_str);
        if meta.deletion_timestamp.is_some() || note(TEMPLATE_KEY).is_none() {
            return false;
        }
        match self {
            Self::Without(_, kept) => !revisions(note(REVISIONS)).any(|revision| kept.contains(revision)),
            Self::Ownerless(namespace) => {
                meta.namespace.as_deref() == Some(*namespace) && meta.owner_references.iter().flatten().next().is_none()
            }
        }
    }
}

fn store<K: Object>(client: &Client, metrics: &CacheMetrics) -> Store<K> {
    let template = |source: &K| source.annotations().get(TEMPLATE_KEY).cloned().into_iter().collect();
    Store::new(client.clone(), Cache::builder().index(BY_TEMPLATE, template).metrics(metrics.clone()).build())
}

fn status<K: FluxSource>(store: &Store<K>, source: &K) -> Option<(i64, FluxStatus)> {
    let live = store.cache().get(&Key::of(source))?;
    Some((live.meta().generation.unwrap_or_default(), live.reported()?.clone()))
}

/// Applies a source over `live`, what is there now.
async fn apply<K: Object>(store: &Store<K>, release: &Release, desired: &K, live: Option<&K>) -> Result<(), Error> {
    let mut owner = Owner::new(source_owner(release));
    if let Some(reference) = template_reference(release) {
        // A source that the garbage collector took away with its template is made again for the releases that are
        // left, without the reference, or it would be taken away again and again.
        let goes_with_template = match live {
            Some(live) => live.owner_references().iter().any(|known| known.uid == reference.uid),
            None => template_lives(store.client(), release).await?,
        };
        if goes_with_template {
            owner = owner.with_reference(reference);
        }
    }
    let mut desired = desired.clone();
    let noted = live.and_then(|live| live.annotations().get(REVISIONS));
    let noted = with_revision(noted.map(String::as_str), &release.revision.name);
    desired.annotations_mut().insert(REVISIONS.to_owned(), noted);
    persist(store, &desired, &owner).await.map(drop)
}

async fn template_lives(client: &Client, release: &Release) -> Result<bool, Error> {
    let template = &release.revision.template;
    let api = Api::<DployTemplate>::namespaced(client.clone(), &release.reference.namespace);
    let found: Option<PartialObjectMeta<DployTemplate>> =
        api.get_metadata_opt(&template.name).await.map_err(|source| Error::Api {
            verb: "get",
            subject: format!("DployTemplate {}/{}", release.reference.namespace, template.name),
            source: source.into(),
        })?;
    Ok(found.is_some_and(|found| {
        found.metadata.uid.as_ref() == Some(&template.uid) && found.metadata.deletion_timestamp.is_none()
    }))
}

fn revisions(noted: Option<&str>) -> impl Iterator<Item = &str> {
    noted.unwrap_or_default().split_whitespace()
}

/// The note of a source's revisions with one more.
fn with_revision(noted: Option<&str>, revision: &str) -> String {
    let mut all: Vec<&str> = revisions(noted).collect();
    if !all.contains(&revision) && all.len() < REVISIONS_MAX {
        all.push(revision);
    }
    all.join(" ")
}

fn candidates<K: Object>(
    store: &Store<K>,
    releases: &Cache<HelmRelease>,
    unneeded: &Unneeded<'_>,
) -> Vec<std::sync::Arc<K>> {
    let mut sources = match unneeded {
        Unneeded::Without(template, _) => store.cache().by_index(BY_TEMPLATE, &template.to_string()),
        Unneeded::Ownerless(_) => store.cache().scan().collect(),
    };
    let free = |source: &K| releases.find(BY_SOURCE, &SourceKey::of(source).to_string()).is_empty();
    sources.retain(|source| unneeded.covers(source.meta()) && free(source));
    sources
}

async fn remove_from<K: Object>(
    store: &Store<K>,
    releases: &Cache<HelmRelease>,
    unneeded: &Unneeded<'_>,
) -> Result<(), Error> {
    for mut source in candidates(store, releases, unneeded) {
        for attempt in 1..=ATTEMPTS {
            match store.delete(&source).await {
                Ok(()) => break,
                // Its controller has written its status, or somebody has noted a revision.
                Err(Error::Conflict { .. }) if attempt < ATTEMPTS => match store.get_live(&Key::of(&*source)).await? {
                    Some(live) if unneeded.covers(live.meta()) => source = live,
                    _ => break,
                },
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_noted_once_and_never_pushes_another_out() {
        assert_eq!(with_revision(None, "a"), "a");
        assert_eq!(with_revision(Some("a b"), "b"), "a b");
        assert_eq!(with_revision(Some("a b"), "c"), "a b c");
        let full = (0..REVISIONS_MAX).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(with_revision(Some(&full), "more"), full);
    }

    #[test]
    fn only_a_source_of_ours_that_no_kept_revision_notes_may_go() {
        let template = ObjectKey::new("apps", "blog");
        let meta = |revisions: &str| ObjectMeta {
            namespace: Some("apps".into()),
            annotations: Some([(TEMPLATE_KEY.into(), "apps/blog".into()), (REVISIONS.into(), revisions.into())].into()),
            ..ObjectMeta::default()
        };
        let kept = BTreeSet::from(["a".to_owned()]);
        let unneeded = Unneeded::Without(&template, &kept);
        assert!(!unneeded.covers(&meta("b a")));
        assert!(unneeded.covers(&meta("b ab")));
        assert!(!unneeded.covers(&ObjectMeta::default()));
        assert!(Unneeded::Ownerless("apps").covers(&meta("a")));
        assert!(!Unneeded::Ownerless("other").covers(&meta("a")));
        let owned = ObjectMeta { owner_references: Some(vec![Default::default()]), ..meta("a") };
        assert!(!Unneeded::Ownerless("apps").covers(&owned));
    }
}
