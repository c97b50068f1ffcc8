//! The Flux engine with the real controllers: charts from every kind of source, failure, rights and teardown.
#![cfg(all(feature = "flux", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{sync::Arc, time::Duration};

use dploy_core::{
    environments::{
        ObjectKey,
        ports::{Engine, Force, Readiness, ReadinessState, Release, Removal},
        template::{Chart, ChartSource, GitReference, OciVersion},
    },
    testing::builders,
};
use dploy_k8s::{
    api::{DployInstance, DployTemplate},
    cluster::CacheMetrics,
    environments::flux::FluxEngine,
    foreign::flux::{GitRepository, HelmRelease, HelmRepository},
    testing::{Artifacts, Cluster, Filter, SharedCluster},
};
use futures::StreamExt;
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, ServiceAccount},
    rbac::v1::{ClusterRoleBinding, RoleRef, Subject},
};
use kube::{
    Api, Client, ResourceExt,
    api::{ObjectMeta, PostParams},
};
use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

type Outcome = Result<(), Box<dyn std::error::Error>>;

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().flux());

const LIMIT: Duration = Duration::from_secs(120);

/// An engine in a namespace of its own, with instances, templates and workload namespaces that exist.
struct World {
    cluster: &'static Cluster,
    engine: FluxEngine,
    admin: Client,
    namespace: String,
    _watches: DropGuard,
}

impl World {
    async fn start(cluster: &'static Cluster) -> Result<Self, Box<dyn std::error::Error>> {
        cluster.install_crds(&dploy_k8s::crds()).await?;
        let (namespace, client) = (cluster.namespace().await?, cluster.client_as("operator")?);
        let engine = FluxEngine::new(&client, namespace.clone(), &CacheMetrics::default());
        let cancel = CancellationToken::new();
        engine.watch(&client, &cancel);
        engine.wait_synced().await;
        Ok(Self { cluster, engine, admin: cluster.client()?, namespace, _watches: cancel.drop_guard() })
    }

    fn artifacts(&self) -> &Artifacts {
        self.cluster.artifacts().unwrap()
    }

    /// A release of a new instance of template `template` that installs `chart`.
    async fn release(&self, template: &str, repo_url: &str, source: ChartSource) -> Release {
        let mut release = builders::release(template, "chart", &format!("jane-{template}"));
        let spec = json!({ "templateRef": template, "owner": "jane" });
        release.reference.instance.uid =
            self.create::<DployInstance>("DployInstance", &format!("jane-{template}"), spec).await;
        release.reference.namespace.clone_from(&self.namespace);
        release.reference.engine_namespace.clone_from(&self.namespace);
        let chart = json!({ "type": "helm", "repoURL": "https://charts.example.org", "chart": "chart" });
        let revision = Arc::make_mut(&mut release.revision);
        revision.template.uid =
            self.create::<DployTemplate>("DployTemplate", template, json!({ "chart": chart })).await;
        revision.template.chart = Chart { repo_url: repo_url.to_owned(), source, secret: None };
        release.target_namespace = self.cluster.namespace().await.unwrap();
        release.values = Some(json!({ "replicas": 2, "host": "web.example.test" }).into());
        release
    }

    async fn helm(&self, template: &str, chart: &str, version: Option<&str>) -> Release {
        let source = ChartSource::Helm { chart: chart.to_owned(), version: version.map(str::to_owned) };
        self.release(template, &self.artifacts().chart_repository.clone(), source).await
    }

    async fn git(&self, template: &str, reference: GitReference) -> Release {
        let source = ChartSource::Git { path: "charts/webapp".to_owned(), reference };
        self.release(template, &self.artifacts().git_repository.clone(), source).await
    }

    async fn create<K>(&self, kind: &str, name: &str, spec: serde_json::Value) -> String
    where
        K: kube::Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + serde::Serialize
            + serde::de::DeserializeOwned,
    {
        let object = json!({
            "apiVersion": "dploy.dev/v1alpha1", "kind": kind, "metadata": { "name": name }, "spec": spec,
        });
        let api = Api::<K>::namespaced(self.admin.clone(), &self.namespace);
        let object = serde_json::from_value(object).unwrap();
        api.create(&PostParams::default(), &object).await.unwrap().meta().uid.clone().unwrap()
    }

    /// Applies the release whenever something changes, until the verdict is as wanted.
    async fn until(&self, release: &Release, wanted: impl Fn(&Readiness) -> bool) -> Readiness {
        let mut changes = self.engine.changes();
        let started = Instant::now();
        loop {
            let verdict = self.engine.apply(release).await.unwrap();
            if wanted(&verdict) {
                return verdict;
            }
            assert!(started.elapsed() < LIMIT, "{verdict:?}");
            tokio::select! {
                _ = changes.next() => {}
                () = sleep(Duration::from_secs(1)) => {}
            }
        }
    }

    async fn ready(&self, release: &Release) -> Readiness {
        self.until(release, |verdict| {
            assert_ne!(verdict.state, ReadinessState::Failed, "{verdict:?}");
            verdict.state == ReadinessState::Ready
        })
        .await
    }

    async fn removed(&self, release: &Release) {
        let started = Instant::now();
        while self.engine.remove(&release.reference, Force::No).await.unwrap() != Removal::Gone {
            assert!(started.elapsed() < LIMIT);
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn deployment(&self, release: &Release) -> Option<Deployment> {
        let api = Api::<Deployment>::namespaced(self.admin.clone(), &release.target_namespace);
        api.list(&Default::default()).await.unwrap().items.pop()
    }

    async fn image(&self, release: &Release) -> String {
        let deployment = self.deployment(release).await.unwrap();
        deployment.spec.unwrap().template.spec.unwrap().containers[0].image.clone().unwrap()
    }

    /// Waits until source-controller has let the last source go.
    async fn nothing_left<K>(&self, namespace: &str)
    where
        K: kube::Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + serde::de::DeserializeOwned,
    {
        let (api, started) = (Api::<K>::namespaced(self.admin.clone(), namespace), Instant::now());
        while !api.list(&Default::default()).await.unwrap().items.is_empty() {
            assert!(started.elapsed() < LIMIT);
            sleep(Duration::from_millis(200)).await;
        }
    }

    fn writes(&self) -> usize {
        let filter = Filter::new().user("operator").mutating().namespace(&self.namespace);
        self.cluster.audit().count(&filter).unwrap()
    }
}

#[tokio::test]
async fn s40_s42_s47_the_newest_helm_chart_is_installed_and_then_all_is_quiet() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let release = world.helm("newest", "webapp", None).await;
    assert_eq!(world.engine.apply(&release).await?.state, ReadinessState::Progressing);
    world.ready(&release).await;
    assert_eq!(world.image(&release).await, "registry.example/webapp:2.0.0");
    assert_eq!(world.deployment(&release).await.unwrap().spec.unwrap().replicas, Some(2));
    let before = world.writes();
    assert_eq!(before, 2, "one source and one release");
    for _ in 0..5 {
        world.ready(&release).await;
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(world.writes(), before);
    Ok(())
}

#[tokio::test]
async fn s41_a_chosen_version_is_installed_with_the_values_as_they_change() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let mut release = world.helm("pinned", "webapp", Some("1.0.0")).await;
    world.ready(&release).await;
    assert_eq!(world.image(&release).await, "registry.example/webapp:1.0.0");
    release.values = Some(json!({ "replicas": 1 }).into());
    assert_eq!(world.engine.apply(&release).await?.state, ReadinessState::Progressing);
    world.ready(&release).await;
    assert_eq!(world.deployment(&release).await.unwrap().spec.unwrap().replicas, Some(1));
    Ok(())
}

#[tokio::test]
async fn s42_d16_a_git_chart_comes_from_branch_tag_semver_commit_or_reference() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let commit = world.artifacts().commits["v1.0.0"].clone();
    let cases = [
        ("branch", GitReference::Branch("main".into()), "2.0.0"),
        ("tag", GitReference::Tag("v1.1.0".into()), "1.1.0"),
        ("semver", GitReference::Semver("<2.0.0".into()), "1.1.0"),
        ("commit", GitReference::Commit(commit), "1.0.0"),
        ("name", GitReference::Name("refs/tags/v1.0.0".into()), "1.0.0"),
    ];
    let mut releases = Vec::new();
    for (template, reference, version) in cases {
        let release = world.git(template, reference).await;
        world.engine.apply(&release).await?;
        releases.push((release, version));
    }
    for (release, version) in &releases {
        world.ready(release).await;
        assert_eq!(world.image(release).await, format!("registry.example/webapp:{version}"));
    }
    Ok(())
}

#[tokio::test]
async fn s41_an_oci_chart_comes_from_a_tag_or_a_range() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let registry = world.artifacts().oci_registry.clone();
    let cases = [
        ("oci-tag", OciVersion::Tag("1.0.0".into()), "1.0.0"),
        ("oci-range", OciVersion::Semver("1.x".into()), "1.1.0"),
        ("oci-newest", OciVersion::Semver("*".into()), "2.0.0"),
    ];
    for (template, version, expected) in cases {
        let release = world.release(template, &registry, ChartSource::Oci { chart: "webapp".into(), version }).await;
        world.ready(&release).await;
        assert_eq!(world.image(&release).await, format!("registry.example/webapp:{expected}"));
    }
    Ok(())
}

#[tokio::test]
async fn s43_a_chart_that_never_installs_fails_when_its_attempts_are_used_up() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let release = world.helm("broken", "broken", None).await;
    let verdict = world.until(&release, |verdict| verdict.state == ReadinessState::Failed).await;
    assert!(verdict.message.contains("this chart never installs"), "{verdict:?}");
    world.removed(&release).await;
    Ok(())
}

#[tokio::test]
async fn s43_a_branch_that_is_missing_is_waited_for_and_named() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let release = world.git("missing", GitReference::Branch("no-such-branch".into())).await;
    let verdict = world.until(&release, |verdict| verdict.message.contains("no-such-branch")).await;
    assert_eq!(verdict.state, ReadinessState::Progressing, "{verdict:?}");
    world.removed(&release).await;
    Ok(())
}

#[tokio::test]
async fn d04_a_chart_is_installed_with_the_rights_of_its_service_account() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let account = ServiceAccount {
        metadata: ObjectMeta { name: Some("installer".into()), ..ObjectMeta::default() },
        ..ServiceAccount::default()
    };
    let accounts = Api::<ServiceAccount>::namespaced(world.admin.clone(), &world.namespace);
    accounts.create(&PostParams::default(), &account).await?;
    let mut release = world.helm("rights", "webapp", None).await;
    Arc::make_mut(&mut release.revision).settings.flux.service_account = Some("installer".into());
    let refused = world.until(&release, |verdict| verdict.message.contains("forbidden")).await;
    assert_ne!(refused.state, ReadinessState::Ready);
    world.removed(&release).await;

    let name = format!("{}-installer", world.namespace);
    let binding = ClusterRoleBinding {
        metadata: ObjectMeta { name: Some(name), ..ObjectMeta::default() },
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".into()),
            kind: "ClusterRole".into(),
            name: "cluster-admin".into(),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".into(),
            name: "installer".into(),
            namespace: Some(world.namespace.clone()),
            ..Subject::default()
        }]),
    };
    Api::all(world.admin.clone()).create(&PostParams::default(), &binding).await?;
    let mut release = world.helm("granted", "webapp", None).await;
    Arc::make_mut(&mut release.revision).settings.flux.service_account = Some("installer".into());
    world.ready(&release).await;
    Ok(())
}

#[tokio::test]
async fn s54_removing_uninstalls_the_chart_before_it_says_gone() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let release = world.helm("removed", "webapp", None).await;
    world.ready(&release).await;
    assert!(world.deployment(&release).await.is_some());
    assert!(matches!(world.engine.remove(&release.reference, Force::No).await?, Removal::Pending(_)));
    world.removed(&release).await;
    assert!(world.deployment(&release).await.is_none());
    let template = ObjectKey::new(&world.namespace, "removed");
    world.engine.retain(&template, &Default::default()).await?;
    world.nothing_left::<HelmRepository>(&world.namespace).await;
    Ok(())
}

#[tokio::test]
async fn in_a_namespace_of_its_own_a_chart_is_installed_and_nothing_is_collected_as_garbage() -> Outcome {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let world = World::start(cluster).await?;
    let apart = cluster.namespace().await?;
    let mut release = world.git("apart", GitReference::Branch("main".into())).await;
    release.reference.engine_namespace.clone_from(&apart);
    Arc::make_mut(&mut release.revision).settings.flux.namespace = Some(apart.clone());
    world.ready(&release).await;
    // The garbage collector would take a second.
    sleep(Duration::from_secs(3)).await;
    world.ready(&release).await;
    assert_eq!(world.image(&release).await, "registry.example/webapp:2.0.0");
    let releases = Api::<HelmRelease>::namespaced(world.admin.clone(), &apart).list(&Default::default()).await?;
    assert_eq!(releases.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["jane-apart"]);
    world.removed(&release).await;
    world.nothing_left::<GitRepository>(&apart).await;
    assert!(Api::<Namespace>::all(world.admin.clone()).get_opt(&release.target_namespace).await?.is_some());
    Ok(())
}
