//! Environments beside the release service: the cluster of a kubeconfig, and the operator.

use std::{path::Path, time::Duration};

use k8s_openapi::{
    api::core::v1::Namespace, apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::PostParams,
    runtime::wait::{await_condition, conditions::is_crd_established},
};
use tokio_util::sync::CancellationToken;

use super::failed;
use crate::{error::Error, kubeconfig, output::Output};

/// What the engines of environments write, one of which a cluster must have; their own controllers bring it along.
const ENGINES: [&str; 2] = ["helmreleases.helm.toolkit.fluxcd.io", "applications.argoproj.io"];

/// How long a cluster may take to serve a kind that is new to it.
const ESTABLISHED: Duration = Duration::from_secs(30);

/// Connects to the cluster of that file, and gives it what it lacks: our kinds and the platform's namespace.
///
/// What it has is left as it is.
///
/// # Errors
/// The file cannot be read, the cluster does not answer or refuses; or neither Flux nor Argo CD is installed there.
pub(super) async fn connect(file: &Path, output: Output) -> Result<Client, Error> {
    let client = kubeconfig::connect(Some(file)).await?;
    let kinds = Api::<CustomResourceDefinition>::all(client.clone());
    require_engine(&kinds, file).await?;
    for kind in dploy_k8s::crds() {
        let name = kind.name_any();
        if ensure(&kinds, &kind).await? {
            output.note(&format!("{name} is new on the cluster of {}", file.display()))?;
        }
        let established = await_condition(kinds.clone(), &name, is_crd_established());
        tokio::time::timeout(ESTABLISHED, established).await.map_err(failed)?.map_err(failed)?;
    }
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(operator()?.namespace);
    ensure(&Api::all(client.clone()), &namespace).await?;
    Ok(client)
}

/// Refuses a cluster on which no template could be served.
async fn require_engine(kinds: &Api<CustomResourceDefinition>, file: &Path) -> Result<(), Error> {
    for name in ENGINES {
        if kinds.get_opt(name).await.map_err(failed)?.is_some() {
            return Ok(());
        }
    }
    let missing = ENGINES.join(" nor ");
    Err(Error::usage(format!(
        "the cluster of {} has neither {missing}: install Flux' source and helm controllers, or Argo CD",
        file.display()
    )))
}

/// Creates what is not there; whether it did.
async fn ensure<K>(api: &Api<K>, object: &K) -> Result<bool, Error>
where
    K: Resource + Clone + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
{
    match api.create(&PostParams::default(), object).await {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

/// Runs the operator until `stop`: alone, so that it competes with nobody, and without ports of its own.
///
/// # Errors
/// It cannot be configured, or ends before it is told to.
pub(super) async fn operate(cluster: Client, stop: CancellationToken) -> Result<(), Error> {
    dploy_operator::run(operator()?, cluster, stop).await.map_err(failed)
}

/// The operator's configuration: from the variables that the API reads too, apart from what is decided here.
fn operator() -> Result<dploy_operator::Config, Error> {
    let flags = ["dploy-operator", "--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0"];
    dploy_operator::Config::with_arguments(flags).map_err(failed)
}
