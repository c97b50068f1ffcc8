//! The Argo CD engine on a real API server, with Argo CD's controller led by hand or by a stub.
#![cfg(all(feature = "argocd", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use async_trait::async_trait;
use dploy_core::{
    environments::ports::{Engine, EngineError, Force, ReadinessState, Release, ReleaseRef, Removal},
    testing::{
        builders,
        contract::{self, EngineWorld},
    },
};
use dploy_k8s::{
    cluster::CacheMetrics,
    controller::Clock,
    environments::argocd::ArgoCdEngine,
    foreign::argocd::{Application, RESOURCES_FINALIZER},
    testing::{ArgoCdStub, Cluster, Filter, Mark, SharedCluster, required},
};
use futures::future::join_all;
use kube::{
    Api, Client, ResourceExt,
    api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

type Outcome = Result<(), Box<dyn std::error::Error>>;

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().argocd_crds());

/// An engine with a namespace for instances and one for Applications, and the hand that does Argo CD's work.
struct World {
    cluster: &'static Cluster,
    engine: ArgoCdEngine,
    hand: Client,
    namespace: String,
    argocd: String,
    mark: Mark,
    _watches: DropGuard,
}

impl World {
    async fn start(cluster: &'static Cluster) -> Result<Self, Box<dyn std::error::Error>> {
        let (namespace, argocd) = (cluster.namespace().await?, cluster.namespace().await?);
        let client = cluster.client_as("operator")?;
        let engine = ArgoCdEngine::new(&client, namespace.clone(), Clock::system(), &CacheMetrics::default());
        let cancel = CancellationToken::new();
        engine.watch(&client, &cancel);
        engine.wait_synced().await;
        let (hand, mark) = (cluster.client_as("stub")?, cluster.audit().mark()?);
        Ok(Self { cluster, engine, hand, namespace, argocd, mark, _watches: cancel.drop_guard() })
    }

    fn applications(&self) -> Api<Application> {
        Api::namespaced(self.hand.clone(), &self.argocd)
    }

    fn writes(&self) -> usize {
        let filter = Filter::new().user("operator").mutating().since(self.mark).namespace(&self.argocd);
        self.cluster.audit().count(&filter).unwrap()
    }

    async fn application_of(&self, release: &ReleaseRef) -> Application {
        self.applications().get(&release.instance.name).await.unwrap()
    }

    /// Replaces the status of what is there, as Argo CD would: `status` gets the spec.
    async fn report(&self, release: &ReleaseRef, status: impl Fn(&Value) -> Value) {
        let resource = ApiResource::erase::<Application>(&());
        let all = Api::<DynamicObject>::namespaced_with(self.hand.clone(), &self.argocd, &resource);
        while let Some(mut live) = all.get_opt(&release.instance.name).await.unwrap() {
            live.data["status"] = status(&live.data["spec"]);
            match all.replace(&release.instance.name, &PostParams::default(), &live).await {
                Ok(_) => return,
                Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn sample(&self, instance: &str) -> Release {
        self.prepare(builders::release("blog", "chart", instance)).await
    }
}

fn compared(spec: &Value, sync: &str) -> Value {
    let to = json!({ "source": spec["source"], "destination": spec["destination"] });
    json!({ "status": sync, "comparedTo": to })
}

fn operation(spec: &Value, phase: &str) -> Value {
    json!({
        "phase": phase, "message": format!("it {phase}"), "startedAt": "2026-01-01T00:00:00Z",
        "operation": {}, "syncResult": { "revision": "1", "source": spec["source"] },
    })
}

#[async_trait]
impl EngineWorld for World {
    fn engine(&self) -> &dyn Engine {
        &self.engine
    }

    async fn prepare(&self, mut release: Release) -> Release {
        release.reference.namespace.clone_from(&self.namespace);
        release.reference.engine_namespace.clone_from(&self.argocd);
        release
    }

    async fn finish(&self, release: &ReleaseRef, state: ReadinessState) {
        self.report(release, |spec| match state {
            ReadinessState::Failed => {
                json!({ "sync": compared(spec, "OutOfSync"), "operationState": operation(spec, "Failed") })
            }
            _ => json!({ "sync": compared(spec, "Synced"), "health": { "status": "Healthy" } }),
        })
        .await;
    }

    async fn uninstall(&self, release: &ReleaseRef) {
        let name = &release.instance.name;
        let live = self.applications().get_opt(name).await.unwrap();
        if live.is_some_and(|live| live.metadata.deletion_timestamp.is_some()) {
            let patch = json!({ "metadata": { "finalizers": null } });
            self.applications().patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
        }
    }

    async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    async fn mutations(&self) -> Option<usize> {
        Some(self.writes())
    }

    async fn lose(&self, release: &ReleaseRef) -> bool {
        self.applications().delete(&release.instance.name, &DeleteParams::default()).await.unwrap();
        self.uninstall(release).await;
        true
    }
}

#[tokio::test]
async fn argo_cd_keeps_the_contract_of_engines() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    Ok(contract::engine(&World::start(cluster).await?).await?)
}

#[tokio::test]
async fn an_application_is_labelled_and_annotated_and_holds_argo_cds_finalizer() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let mut release = world.sample("jane-blog").await;
    release.labels.insert("dploy.dev/owner".to_owned(), "jane".to_owned());
    world.engine.apply(&release).await?;
    let live = world.application_of(&release.reference).await;
    assert_eq!(live.labels()["dploy.dev/managed"], "true");
    assert_eq!(live.labels()["dploy.dev/owner"], "jane");
    assert_eq!(live.annotations()["dploy.dev/instance-uid"], release.reference.instance.uid);
    assert!(live.owner_references().is_empty(), "an owner reference never crosses namespaces");
    assert_eq!(live.finalizers(), [RESOURCES_FINALIZER]);
    assert_eq!(live.spec.project, "dploy");
    assert_eq!(live.spec.destination.namespace.as_ref(), Some(&release.target_namespace));
    Ok(())
}

#[tokio::test]
async fn what_others_add_to_an_application_stays() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let mut release = world.sample("jane-blog").await;
    world.engine.apply(&release).await?;
    let added = json!({
        "metadata": {
            "annotations": { "argocd.argoproj.io/refresh": "hard" },
            "finalizers": [RESOURCES_FINALIZER, "post-delete-finalizer.argocd.argoproj.io"],
        },
        "operation": { "sync": { "revision": "1" } },
    });
    let patch = Patch::Merge(&added);
    world.applications().patch("jane-blog", &PatchParams::default(), &patch).await?;
    let writes = world.writes();
    world.pause().await;
    world.engine.apply(&release).await?;
    assert_eq!(world.writes(), writes, "what Argo CD adds is no difference");
    release.values = None;
    world.engine.apply(&release).await?;
    let live = world.application_of(&release.reference).await;
    assert_eq!(live.finalizers().len(), 2);
    assert_eq!(live.annotations()["argocd.argoproj.io/refresh"], "hard");
    assert_eq!(live.spec.source.unwrap().helm.unwrap().values_object, None);
    Ok(())
}

#[tokio::test]
async fn an_application_of_somebody_else_is_left_alone() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let release = world.sample("jane-blog").await;
    let foreign = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": { "name": "jane-blog" },
        "spec": { "project": "default", "source": { "repoURL": "https://charts" }, "destination": {} },
    });
    let foreign = world.applications().create(&PostParams::default(), &serde_json::from_value(foreign)?).await?;
    let refused = world.engine.apply(&release).await;
    assert!(matches!(&refused, Err(EngineError::NameTaken(subject)) if subject.contains("jane-blog")), "{refused:?}");
    assert_eq!(world.engine.remove(&release.reference, Force::Yes).await?, Removal::Gone);
    let live = world.application_of(&release.reference).await;
    assert_eq!(live.resource_version(), foreign.resource_version());
    Ok(())
}

#[tokio::test]
async fn an_uninstall_that_fails_says_why_and_can_be_forced() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let release = world.sample("jane-blog").await;
    world.engine.apply(&release).await?;
    let error = json!([{ "type": "DeletionError", "message": "the webhook does not answer" }]);
    world.report(&release.reference, |_| json!({ "conditions": error })).await;
    let mut last = world.engine.remove(&release.reference, Force::No).await?;
    for _ in 0..1000 {
        if matches!(&last, Removal::Pending(text) if text.contains("the webhook does not answer")) {
            break;
        }
        world.pause().await;
        last = world.engine.remove(&release.reference, Force::No).await?;
    }
    let Removal::Pending(text) = last else { panic!("it is held by its finalizer") };
    assert!(text.contains("waiting for Application") && text.contains("does not answer"), "{text}");
    while world.engine.remove(&release.reference, Force::Yes).await? != Removal::Gone {
        world.pause().await;
    }
    assert!(world.applications().get_opt("jane-blog").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn s64_100_applications_are_one_request_each_and_then_quiet_and_a_broken_one_fails() -> Outcome {
    let Some(cluster) = required(Cluster::builder().argocd_crds().start().await)? else { return Ok(()) };
    let world = World::start(Box::leak(Box::new(cluster))).await?;
    let _stub = ArgoCdStub::new(world.hand.clone()).failing("broken").start();
    let mut releases = Vec::new();
    for number in 0..100 {
        releases.push(world.sample(&format!("user-{number}-blog")).await);
    }
    for release in join_all(releases.iter().map(|release| world.engine.apply(release))).await {
        release?;
    }
    for release in &releases {
        contract::settle(&world, release, ReadinessState::Ready).await?;
    }
    let before = world.writes();
    assert_eq!(before, 100, "one request for each object");
    for verdict in join_all(releases.iter().map(|release| world.engine.apply(release))).await {
        assert_eq!(verdict?.state, ReadinessState::Ready);
    }
    assert_eq!(world.writes(), before);

    let mut broken = world.prepare(builders::release("blog", "broken", "jane-blog")).await;
    contract::settle(&world, &broken, ReadinessState::Failed).await?;
    broken.values = None;
    contract::settle(&world, &broken, ReadinessState::Failed).await?;
    while world.engine.remove(&broken.reference, Force::No).await? != Removal::Gone {
        world.pause().await;
    }
    assert!(world.applications().get_opt("jane-blog").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_cluster_without_argo_cd_says_so() -> Outcome {
    let Some(cluster) = required(Cluster::builder().flux_crds().start().await)? else { return Ok(()) };
    let world = World::start(Box::leak(Box::new(cluster))).await?;
    let why = world.engine.unavailable().expect("there is no Argo CD");
    assert!(why.contains("Application") && why.contains("argoproj.io/v1alpha1"), "{why}");
    let release = world.sample("jane-blog").await;
    assert!(matches!(world.engine.apply(&release).await, Err(EngineError::Release(_))));
    assert_eq!(world.engine.remove(&release.reference, Force::No).await?, Removal::Gone);
    Ok(())
}
