//! The whole operator with the Argo CD engine, on a cluster that has no Flux. A stub of Argo CD answers.

use std::sync::{LazyLock, Mutex, PoisonError};

use clap::Parser;
use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate, OperatorConfig},
    foreign::argocd::Application,
    testing::{ArgoCdStub, Cluster, Filter, SharedCluster, locate},
};
use dploy_operator::Config;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, PostParams},
};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    chart,
    harness::{self, World, claim_phase, eventually, phase},
};

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().controllers().argocd_crds());
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
/// There is one configuration and one operator in a cluster.
static TURN: Mutex<()> = Mutex::new(());

/// An operator and a stub of Argo CD, with a namespace for Applications.
struct Argo {
    namespace: String,
    _shutdown: DropGuard,
    _stub: tokio_util::task::AbortOnDropHandle<()>,
}

impl Argo {
    async fn start(world: &World) -> Self {
        let namespace = world.cluster.namespace().await.unwrap();
        let spec = json!({ "defaultEngine": "argocd", "argocd": { "namespace": namespace, "project": "labs" } });
        let config = json!({
            "apiVersion": "dploy.dev/v1alpha1", "kind": "OperatorConfig", "metadata": { "name": "default" }, "spec": spec,
        });
        let configs = Api::<OperatorConfig>::all(world.client.clone());
        drop(configs.delete("default", &DeleteParams::default()).await);
        configs.create(&PostParams::default(), &serde_json::from_value(config).unwrap()).await.unwrap();
        let stub = ArgoCdStub::new(world.cluster.client_as("stub").unwrap()).failing("broken").start();
        let arguments = ["--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0"];
        let mut config = Config::try_parse_from([&["dploy-operator"][..], &arguments].concat()).unwrap();
        config.namespace.clone_from(&world.namespace);
        let shutdown = CancellationToken::new();
        let client = world.cluster.client_as("operator").unwrap();
        tokio::spawn(dploy_operator::run(config, client, shutdown.clone()));
        Self { namespace, _shutdown: shutdown.drop_guard(), _stub: stub }
    }

    async fn applications(&self, world: &World) -> Vec<Application> {
        let api = Api::<Application>::namespaced(world.client.clone(), &self.namespace);
        api.list(&ListParams::default()).await.unwrap().items
    }
}

fn run<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    harness::run(&RUNTIME, &CLUSTER, test);
}

#[test]
fn s29_s54_an_environment_of_argo_cd_becomes_ready_and_after_its_release_nothing_is_left() {
    run(|world| async move {
        let argo = Argo::start(&world).await;
        let values = "owner: '{{ .Owner }}'\nhost: shell-{{ .UUID }}.example.org\n";
        world.template("shell", chart(), json!({ "valuesTemplate": values })).await;
        let claim = world.claim("jane", "shell").await;
        let (_, instance) = world.served(&claim).await;
        let status = instance.status.clone().unwrap();
        let [application] = &argo.applications(&world).await[..] else { panic!("one Application") };
        assert_eq!(application.name_any(), "jane-shell");
        assert_eq!(application.spec.project, "labs");
        assert_eq!(application.spec.destination.namespace.as_ref(), Some(&status.namespace));
        assert_eq!(application.annotations()["dploy.dev/instance-uid"], instance.uid().unwrap());
        let values = &serde_json::to_value(&application.spec.source).unwrap()["helm"]["valuesObject"];
        assert_eq!(*values, json!({ "owner": "jane", "host": format!("shell-{}.example.org", status.uuid) }));

        let mark = world.cluster.audit().mark().unwrap();
        world.delete::<DployInstanceClaim>(&claim).await;
        eventually("nothing is left", || async {
            let instances = world.list::<DployInstance>().await.len();
            let left = [instances, argo.applications(&world).await.len(), world.workloads().await.len()];
            (left == [0; 3]).then_some(())
        })
        .await;
        let all = world.cluster.audit().requests(&Filter::new().mutating().since(mark)).unwrap();
        let last = |user: &str, resource: &str| {
            let done = |code: Option<u16>| code == Some(200);
            let found = all.iter().rposition(|request| {
                request.user == user
                    && request.resource == resource
                    && request.subresource.is_empty()
                    && done(request.code)
            });
            found.unwrap_or_else(|| panic!("{user} did not write {resource}"))
        };
        let steps = [
            last("operator", "applications"),
            last("stub", "applications"),
            last("operator", "namespaces"),
            last("operator", "dployinstances"),
        ];
        assert!(steps.is_sorted(), "the chart is uninstalled, then the namespace deleted: {steps:?}");
    });
}

#[test]
fn a_chart_that_never_installs_fails_its_environment_with_what_argo_cd_says() {
    run(|world| async move {
        let _argo = Argo::start(&world).await;
        let chart = json!({ "type": "git", "repoURL": "https://git.example.org/charts.git", "path": "broken" });
        world.template("shell", chart, json!({ "engine": "argocd" })).await;
        let claim = world.claim("joe", "shell").await;
        let failed = eventually("the instance has failed", || async {
            world.list::<DployInstance>().await.pop().filter(|instance| phase(instance) == "Failed")
        })
        .await;
        let conditions = failed.status.unwrap().conditions;
        let ready = conditions.iter().find(|condition| condition.type_ == "Ready").unwrap();
        assert_eq!(ready.reason, "SyncFailed");
        assert!(ready.message.contains("this chart never installs"), "{}", ready.message);
        world.delete::<DployInstanceClaim>(&claim).await;
    });
}

#[test]
fn a_template_of_an_engine_that_is_not_installed_says_so_and_works_once_it_is() {
    run(|world| async move {
        let _argo = Argo::start(&world).await;
        world.template("shell", chart(), json!({ "engine": "flux" })).await;
        let accepted = |status: &'static str| {
            let world = &world;
            move || async move {
                let conditions = world.get::<DployTemplate>("shell").await?.status?.conditions;
                conditions.into_iter().find(|found| found.type_ == "Accepted" && found.status == status)
            }
        };
        let refused = eventually("the template is not accepted", accepted("False")).await;
        assert_eq!(refused.reason, "EngineNotAvailable");
        assert!(refused.message.contains("flux") && refused.message.contains("HelmRelease"), "{}", refused.message);
        let claim = world.claim("jane", "shell").await;
        eventually("the claim is rejected", || async {
            world.get::<DployInstanceClaim>(&claim).await.filter(|claim| claim_phase(claim) == "Rejected")
        })
        .await;
        let kinds = std::fs::read_to_string(locate("flux-crds.yaml").unwrap()).unwrap();
        world.cluster.install_crds_yaml(&kinds).await.unwrap();
        eventually("the template is accepted", accepted("True")).await;
    });
}
