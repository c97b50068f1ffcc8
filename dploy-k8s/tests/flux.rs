//! The Flux engine on a real API server, with a helm-controller that is led by hand or by a stub.
#![cfg(all(feature = "flux", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use dploy_core::{
    environments::{
        ObjectKey,
        ports::{Engine, EngineError, Force, ReadinessState, Release, ReleaseRef, Removal},
        template::{Chart, ChartSource, GitReference, OciVersion},
    },
    testing::{
        builders,
        contract::{self, EngineWorld},
    },
};
use dploy_k8s::{
    api::DployTemplate,
    cluster::CacheMetrics,
    environments::flux::FluxEngine,
    foreign::flux::{GitRepository, HelmRelease, HelmRepository, OciRepository},
    testing::{Cluster, Filter, HelmStub, Mark, SharedCluster, required},
};
use futures::future::join_all;
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    core::NamespaceResourceScope,
};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

type Outcome = Result<(), Box<dyn std::error::Error>>;

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().flux_crds());

const FINALIZER: &str = "finalizers.fluxcd.io";

/// An engine in a namespace of its own, and the hand that does helm-controller's work.
struct World {
    cluster: &'static Cluster,
    engine: FluxEngine,
    hand: Client,
    namespace: String,
    /// `flux.namespace`, where it is set.
    apart: Option<String>,
    mark: Mark,
    _watches: DropGuard,
}

impl World {
    async fn start(cluster: &'static Cluster, apart: bool) -> Result<Self, Box<dyn std::error::Error>> {
        cluster.install_crds(&dploy_k8s::crds()).await?;
        let namespace = cluster.namespace().await?;
        let client = cluster.client_as("operator")?;
        let engine = FluxEngine::new(&client, namespace.clone(), &CacheMetrics::default());
        let cancel = CancellationToken::new();
        engine.watch(&client, &cancel);
        engine.wait_synced().await;
        let apart = if apart { Some(cluster.namespace().await?) } else { None };
        let (hand, mark) = (cluster.client_as("stub")?, cluster.audit().mark()?);
        Ok(Self { cluster, engine, hand, namespace, apart, mark, _watches: cancel.drop_guard() })
    }

    fn place(&self) -> &str {
        self.apart.as_deref().unwrap_or(&self.namespace)
    }

    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.hand.clone(), self.place())
    }

    /// Requests of the engine that mutate, in the namespaces of this world.
    fn writes(&self) -> usize {
        self.count(&Filter::new().user("operator").mutating())
    }

    fn count(&self, filter: &Filter) -> usize {
        let audit = self.cluster.audit();
        let places: BTreeSet<&str> = [self.place(), &self.namespace].into();
        let counts = places.into_iter().map(|place| audit.count(&filter.clone().since(self.mark).namespace(place)));
        counts.map(Result::unwrap).sum()
    }

    async fn release_of(&self, release: &ReleaseRef) -> HelmRelease {
        self.api().get(&release.instance.name).await.unwrap()
    }

    async fn report(&self, release: &ReleaseRef, conditions: &[(&str, &str, &str)]) {
        let Some(live) = self.api::<HelmRelease>().get_opt(&release.instance.name).await.unwrap() else { return };
        let (name, params) = (live.name_any(), PatchParams::default());
        let adopt = json!({ "metadata": { "finalizers": [FINALIZER] } });
        self.api::<HelmRelease>().patch(&name, &params, &Patch::Merge(&adopt)).await.unwrap();
        let conditions = conditions.iter().map(|(type_, status, reason)| {
            json!({
                "type": type_, "status": status, "reason": reason, "message": format!("says {reason}"),
                "observedGeneration": live.metadata.generation, "lastTransitionTime": "2026-01-01T00:00:00Z",
            })
        });
        let conditions: Vec<Value> = conditions.collect();
        let status = json!({ "status": { "observedGeneration": live.metadata.generation, "conditions": conditions } });
        self.api::<HelmRelease>().patch_status(&name, &params, &Patch::Merge(&status)).await.unwrap();
    }

    async fn sources<K>(&self) -> Vec<K>
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + std::fmt::Debug,
        K: serde::de::DeserializeOwned,
    {
        self.api().list(&ListParams::default()).await.unwrap().items
    }

    async fn template(&self, name: &str) -> DployTemplate {
        let templates = Api::<DployTemplate>::namespaced(self.hand.clone(), &self.namespace);
        if let Some(found) = templates.get_opt(name).await.unwrap() {
            return found;
        }
        let chart = json!({ "type": "helm", "repoURL": "https://charts.example.org", "chart": "chart" });
        let object = json!({
            "apiVersion": "dploy.dev/v1alpha1", "kind": "DployTemplate",
            "metadata": { "name": name }, "spec": { "chart": chart },
        });
        templates.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap()
    }

    async fn sample(&self, instance: &str) -> Release {
        self.prepare(builders::release("blog", "chart", instance)).await
    }
}

#[async_trait]
impl EngineWorld for World {
    fn engine(&self) -> &dyn Engine {
        &self.engine
    }

    async fn prepare(&self, mut release: Release) -> Release {
        release.reference.namespace.clone_from(&self.namespace);
        release.reference.engine_namespace = self.place().to_owned();
        let template = self.template(&release.revision.template.name).await;
        let revision = Arc::make_mut(&mut release.revision);
        revision.settings.flux.namespace.clone_from(&self.apart);
        revision.template.uid = template.uid().unwrap();
        release
    }

    async fn finish(&self, release: &ReleaseRef, state: ReadinessState) {
        let failed = [("Stalled", "True", "RetriesExceeded"), ("Ready", "False", "InstallFailed")];
        let ready = [("Ready", "True", "InstallSucceeded")];
        self.report(release, if state == ReadinessState::Failed { &failed } else { &ready }).await;
    }

    async fn uninstall(&self, release: &ReleaseRef) {
        let live = self.api::<HelmRelease>().get_opt(&release.instance.name).await.unwrap();
        if live.is_some_and(|live| live.metadata.deletion_timestamp.is_some()) {
            let patch = json!({ "metadata": { "finalizers": null } });
            let params = PatchParams::default();
            self.api::<HelmRelease>().patch(&release.instance.name, &params, &Patch::Merge(&patch)).await.unwrap();
        }
    }

    async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    async fn mutations(&self) -> Option<usize> {
        Some(self.writes())
    }

    async fn lose(&self, release: &ReleaseRef) -> bool {
        let params = DeleteParams::default();
        let source = self.release_of(release).await.spec.chart.unwrap().spec.source_ref.name;
        self.api::<HelmRepository>().delete(&source, &params).await.unwrap();
        self.api::<HelmRelease>().delete(&release.instance.name, &params).await.unwrap();
        self.uninstall(release).await;
        true
    }

    async fn shared(&self, template: &ObjectKey) -> Option<usize> {
        let key = template.to_string();
        let ours = |notes: &std::collections::BTreeMap<String, String>| {
            notes.get("dploy.dev/template-key").is_some_and(|found| *found == key)
        };
        let git = self.sources::<GitRepository>().await.iter().filter(|source| ours(source.annotations())).count();
        let helm = self.sources::<HelmRepository>().await.iter().filter(|source| ours(source.annotations())).count();
        let oci = self.sources::<OciRepository>().await.iter().filter(|source| ours(source.annotations())).count();
        Some(git + helm + oci)
    }
}

#[tokio::test]
async fn flux_keeps_the_contract_of_engines_beside_the_instance() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    Ok(contract::engine(&World::start(cluster, false).await?).await?)
}

#[tokio::test]
async fn flux_keeps_the_contract_of_engines_in_a_namespace_of_its_own() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    Ok(contract::engine(&World::start(cluster, true).await?).await?)
}

#[tokio::test]
async fn s47_s64_d27_300_releases_of_one_template_share_one_source_and_are_then_quiet() -> Outcome {
    let Some(cluster) = required(Cluster::builder().flux_crds().start().await)? else { return Ok(()) };
    let world = World::start(Box::leak(Box::new(cluster)), false).await?;
    let stub = HelmStub::new(world.hand.clone()).start();
    let mut releases = Vec::new();
    for number in 0..300 {
        releases.push(world.sample(&format!("user-{number}-blog")).await);
    }
    for release in join_all(releases.iter().map(|release| world.engine.apply(release))).await {
        release?;
    }
    assert_eq!(world.count(&Filter::new().user("operator").mutating().resource("helmrepositories")), 1);
    assert_eq!(world.sources::<HelmRepository>().await.len(), 1);
    for release in &releases {
        contract::settle(&world, release, ReadinessState::Ready).await?;
    }
    let before = world.writes();
    assert_eq!(before, 301, "one request for each object");
    for _ in 0..3 {
        for verdict in join_all(releases.iter().map(|release| world.engine.apply(release))).await {
            assert_eq!(verdict?.state, ReadinessState::Ready);
        }
    }
    assert_eq!(world.writes(), before);
    drop(stub);
    Ok(())
}

#[tokio::test]
async fn s40_a_release_is_labelled_and_controlled_by_its_instance_and_its_source_is_owned_by_the_template() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster, false).await?;
    let mut release = world.sample("jane-blog").await;
    release.labels.insert("dploy.dev/owner".to_owned(), "jane".to_owned());
    world.engine.apply(&release).await?;
    let live = world.release_of(&release.reference).await;
    assert_eq!(live.labels()["dploy.dev/managed"], "true");
    assert_eq!(live.labels()["dploy.dev/owner"], "jane");
    let [owner] = live.owner_references() else { panic!("one owner") };
    assert_eq!(
        (owner.kind.as_str(), owner.name.as_str(), owner.controller),
        ("DployInstance", "jane-blog", Some(true))
    );
    assert_eq!(owner.uid, release.reference.instance.uid);
    assert_eq!(live.spec.target_namespace, live.spec.storage_namespace);
    assert_eq!(live.spec.target_namespace.as_ref(), Some(&release.target_namespace));
    let [source] = &world.sources::<HelmRepository>().await[..] else { panic!("one source") };
    let [owner] = source.owner_references() else { panic!("one owner") };
    assert_eq!((owner.kind.as_str(), owner.controller), ("DployTemplate", None));
    assert_eq!(source.labels()["dploy.dev/template"], "blog");
    Ok(())
}

#[tokio::test]
async fn s42_a_private_source_is_stored_with_its_secret_beside_the_public_one_and_left_alone_then() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster, false).await?;
    let public = world.sample("jane-blog").await;
    let git = ChartSource::Git { path: "blog".to_owned(), reference: GitReference::Branch("main".to_owned()) };
    let oci = ChartSource::Oci { chart: "blog".to_owned(), version: OciVersion::Tag("1".to_owned()) };
    let helm = public.revision.template.chart.source.clone();
    let url = "https://private.example.org";
    let kinds = [(helm, url), (git, url), (oci, "oci://private.example.org/charts")];
    let mut releases = vec![public];
    for (at, (source, url)) in kinds.into_iter().enumerate() {
        let mut private = world.sample(&format!("john-{at}-blog")).await;
        let chart = Chart { repo_url: url.to_owned(), source, secret: Some("credentials".to_owned()) };
        Arc::make_mut(&mut private.revision).template.chart = chart;
        releases.push(private);
    }
    for release in &releases {
        world.engine.apply(release).await?;
    }
    let secret =
        |source: Option<&dploy_k8s::foreign::flux::LocalObjectReference>| source.map(|found| found.name.clone());
    let credentials = Some("credentials".to_owned());
    let mut stored: Vec<_> =
        world.sources::<HelmRepository>().await.iter().map(|found| secret(found.spec.secret_ref.as_ref())).collect();
    stored.sort();
    assert_eq!(stored, [None, credentials.clone()]);
    assert_eq!(secret(world.sources::<GitRepository>().await[0].spec.secret_ref.as_ref()), credentials);
    assert_eq!(secret(world.sources::<OciRepository>().await[0].spec.secret_ref.as_ref()), credentials);
    let before = world.writes();
    for release in &releases {
        world.engine.apply(release).await?;
    }
    assert_eq!(world.writes(), before);
    Ok(())
}

#[tokio::test]
async fn in_a_namespace_of_its_own_nothing_has_an_owner_reference() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster, true).await?;
    let release = world.sample("jane-blog").await;
    world.engine.apply(&release).await?;
    let live = world.release_of(&release.reference).await;
    assert!(live.owner_references().is_empty());
    assert_eq!(live.annotations()["dploy.dev/instance-uid"], release.reference.instance.uid);
    assert!(world.sources::<HelmRepository>().await[0].owner_references().is_empty());
    world.finish(&release.reference, ReadinessState::Ready).await;
    while world.engine.remove(&release.reference, Force::Yes).await? != Removal::Gone {
        world.pause().await;
    }
    assert!(world.sources::<HelmRepository>().await.is_empty(), "a source that no instance uses goes");
    Ok(())
}

#[tokio::test]
async fn an_object_of_somebody_else_is_left_alone() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster, false).await?;
    let release = world.sample("jane-blog").await;
    let foreign = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": { "name": "jane-blog" },
        "spec": { "interval": "1h", "chart": { "spec": { "chart": "x", "sourceRef": { "kind": "HelmRepository", "name": "x" } } } },
    });
    let releases = world.api::<HelmRelease>();
    let foreign = releases.create(&PostParams::default(), &serde_json::from_value(foreign)?).await?;
    let refused = world.engine.apply(&release).await;
    assert!(matches!(&refused, Err(EngineError::NameTaken(subject)) if subject.contains("jane-blog")), "{refused:?}");
    assert_eq!(world.engine.remove(&release.reference, Force::Yes).await?, Removal::Gone);
    assert_eq!(world.release_of(&release.reference).await.resource_version(), foreign.resource_version());
    Ok(())
}

#[tokio::test]
async fn a_release_that_the_original_made_is_taken_over() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster, false).await?;
    let release = world.sample("jane-blog").await;
    let owner = json!({
        "apiVersion": "dploy.dev/v1alpha1", "kind": "DployInstance", "name": "jane-blog",
        "uid": release.reference.instance.uid, "controller": true, "blockOwnerDeletion": true,
    });
    let chart =
        json!({ "chart": "chart", "version": "*", "sourceRef": { "kind": "HelmRepository", "name": "jane-blog" } });
    let original = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": { "name": "jane-blog", "ownerReferences": [owner], "labels": { "dploy.dev/managed": "true" } },
        "spec": { "interval": "5m0s", "chart": { "spec": chart }, "releaseName": "jane-blog" },
    });
    world.api::<HelmRelease>().create(&PostParams::default(), &serde_json::from_value(original)?).await?;
    assert_eq!(world.engine.apply(&release).await?.state, ReadinessState::Progressing);
    let live = world.release_of(&release.reference).await;
    assert_eq!(live.annotations()["dploy.dev/instance-uid"], release.reference.instance.uid);
    assert!(live.spec.chart.unwrap().spec.source_ref.name.starts_with("blog-"));
    world.finish(&release.reference, ReadinessState::Ready).await;
    contract::settle(&world, &release, ReadinessState::Ready).await?;
    Ok(())
}

#[tokio::test]
async fn a_source_outlives_its_template_without_a_reference_to_it() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster, false).await?;
    let release = world.sample("jane-blog").await;
    world.engine.apply(&release).await?;
    let templates = Api::<DployTemplate>::namespaced(world.hand.clone(), &world.namespace);
    templates.delete("blog", &DeleteParams::default()).await?;
    // What the garbage collector does next.
    let name = world.sources::<HelmRepository>().await[0].name_any();
    world.api::<HelmRepository>().delete(&name, &DeleteParams::default()).await?;
    let mut sources = Vec::new();
    for _ in 0..1000 {
        world.engine.apply(&release).await?;
        sources = world.sources::<HelmRepository>().await;
        if !sources.is_empty() {
            break;
        }
        world.pause().await;
    }
    assert_eq!(sources[0].name_any(), name);
    assert!(sources[0].owner_references().is_empty());
    world.finish(&release.reference, ReadinessState::Ready).await;
    while world.engine.remove(&release.reference, Force::Yes).await? != Removal::Gone {
        world.pause().await;
    }
    assert!(world.sources::<HelmRepository>().await.is_empty(), "it goes with the last release");
    Ok(())
}

#[tokio::test]
async fn without_flux_in_the_cluster_the_engine_says_so_and_stays_usable() -> Outcome {
    let Some(cluster) = required(Cluster::builder().start().await)? else { return Ok(()) };
    let world = World::start(Box::leak(Box::new(cluster)), false).await?;
    let release = world.sample("jane-blog").await;
    let refused = world.engine.apply(&release).await;
    assert!(matches!(refused, Err(EngineError::Source(_))), "{refused:?}");
    assert_eq!(world.engine.remove(&release.reference, Force::No).await?, Removal::Gone);
    Ok(())
}
