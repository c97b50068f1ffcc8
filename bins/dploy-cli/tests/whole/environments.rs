//! `dploy dev --kubeconfig`: environments and their operator beside the release service, on a real API server.

use std::{fs, path::Path, process::Output};

use dploy_auth::testing::Provider;
use dploy_k8s::{
    api::{DployInstance, DployTemplate},
    testing::{Cluster, HelmStub, locate, required},
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{ListParams, PostParams},
};
use serde_json::{Value, json};

use crate::session::{Dev, command, get, shell};

const NAMESPACE: &str = "platform";

/// A cluster and an identity provider.
struct World {
    cluster: Cluster,
    provider: Provider,
}

impl World {
    /// What `dploy dev` is told of the provider and the platform's namespace.
    fn variables(&self) -> [(&'static str, String); 3] {
        let url = self.provider.jwks_url();
        [
            ("JWKS_URL", url),
            ("JWT_ISSUER", self.provider.issuer().to_owned()),
            ("DPLOY_NAMESPACE", NAMESPACE.to_owned()),
        ]
    }

    /// Starts it in a thread that may block.
    fn start(&self, parent: &Path) -> Dev {
        let variables = self.variables();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let kubeconfig = self.cluster.kubeconfig().to_str().unwrap();
        tokio::task::block_in_place(|| Dev::start(parent, &variables, &["--kubeconfig", kubeconfig]))
    }

    /// A command of a user of the provider.
    fn env(&self, folder: &Path, url: &str, words: &str) -> Output {
        let token = self.provider.token(json!({ "sub": "alice", "name": "alice" })).unwrap();
        let arguments: Vec<_> = words.split(' ').collect();
        let mut command = command(folder, &arguments);
        command.env("DPLOY_SERVER", url).env("DPLOY_TOKEN", token);
        tokio::task::block_in_place(|| command.output().unwrap())
    }

    async fn template(&self) {
        let template = json!({
            "apiVersion": "dploy.dev/v1alpha1", "kind": "DployTemplate", "metadata": { "name": "shell" },
            "spec": { "visible": true, "chart": { "type": "helm", "repoURL": "https://charts.example.org", "chart": "shell" } },
        });
        let api = Api::<DployTemplate>::namespaced(self.cluster.client().unwrap(), NAMESPACE);
        api.create(&PostParams::default(), &serde_json::from_value(template).unwrap()).await.unwrap();
    }
}

fn text(output: Output) -> String {
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{stdout}\n{stderr}");
    stdout
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s57_dev_runs_environments_beside_releases_and_orphans_are_listed_on_a_cluster() {
    let Some(cluster) = required(Cluster::builder().controllers().start().await).unwrap() else { return };
    let world = World { cluster, provider: Provider::start().await.unwrap() };
    let parent = tempfile::tempdir().unwrap();

    let kubeconfig = world.cluster.kubeconfig().to_str().unwrap();
    let mut without_engine = command(parent.path(), &["dev", "--port", "0", "--kubeconfig", kubeconfig]);
    without_engine.envs(world.variables());
    let output = tokio::task::block_in_place(|| without_engine.output().unwrap());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && stderr.contains("install Flux' source and helm controllers, or Argo CD"),
        "{stderr}"
    );

    let Some(kinds) = locate("flux-crds.yaml") else { panic!("the cluster started without it") };
    world.cluster.install_crds_yaml(&fs::read_to_string(kinds).unwrap()).await.unwrap();
    let stub = HelmStub::new(world.cluster.client_as("stub").unwrap()).start();
    let dev = world.start(parent.path());
    assert!(dev.told.contains("dploytemplates.dploy.dev is new on the cluster"), "{}", dev.told);
    let client = world.cluster.client().unwrap();
    assert!(Api::<Namespace>::all(client.clone()).get_opt(NAMESPACE).await.unwrap().is_some());

    world.template().await;
    let url = dev.url().to_owned();
    let created = text(world.env(parent.path(), &url, "env create shell --wait -o json"));
    let created: Value = serde_json::from_str(&created).unwrap();
    assert_eq!((&created["status"], &created["owner"]), (&json!("Healthy"), &json!("alice")));
    let instances = Api::<DployInstance>::namespaced(client, NAMESPACE);
    assert_eq!(instances.list(&ListParams::default()).await.unwrap().items.len(), 1);

    let (walked, (status, health)) = tokio::task::block_in_place(|| {
        let walked = shell(parent.path(), &dev.commands());
        (walked, std::thread::spawn(move || get(&format!("{url}/health"))).join().unwrap())
    });
    assert!(text(walked).contains("succeeded"), "the release service is there as well");
    let health: Value = serde_json::from_str(&health).unwrap();
    assert_eq!((status, &health["status"], &health["checks"]["gitops"]), (200, &json!("healthy"), &json!("ok")));

    let orphans =
        || text(world.env(parent.path(), dev.url(), &format!("admin orphans --kubeconfig {kubeconfig} -o json")));
    assert_eq!(serde_json::from_str::<Value>(&orphans()).unwrap(), json!([]), "what an instance owns is none");
    let lost = json!({ "metadata": {
        "name": "lost", "labels": { "dploy.dev/managed": "true" },
        "annotations": { "dploy.dev/instance-key": "platform/gone", "dploy.dev/instance-uid": "0-0" },
    } });
    let namespaces = Api::<Namespace>::all(world.cluster.client().unwrap());
    namespaces.create(&PostParams::default(), &serde_json::from_value(lost).unwrap()).await.unwrap();
    let row = json!([{
        "kind": "Namespace", "namespace": "", "name": "lost", "madeFor": "platform/gone", "ownerUid": "0-0", "deleting": false,
    }]);
    assert_eq!(serde_json::from_str::<Value>(&orphans()).unwrap(), row);

    text(world.env(parent.path(), dev.url(), "env delete shell --wait"));
    assert!(tokio::task::block_in_place(|| dev.end("TERM")).success());
    let dev = world.start(parent.path());
    assert!(!dev.told.contains("is new on "), "what the cluster has is left as it is: {}", dev.told);
    assert!(tokio::task::block_in_place(|| dev.end("TERM")).success());
    drop(stub);
}
