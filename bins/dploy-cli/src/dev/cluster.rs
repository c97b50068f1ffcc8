//! Environments beside the release service: the cluster of a kubeconfig, and the operator.

use std::{path::Path, time::Duration};

use k8s_openapi::{
    api::core::v1::Namespace, apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, Config, Resource, ResourceExt as _,
    api::PostParams,
    config::Kubeconfig,
    runtime::wait::{await_condition, conditions::is_crd_established},
};
use tokio_util::sync::CancellationToken;

use super::failed;
use crate::{error::Error, output::Output};

/// What the engine of environments writes; Flux' own controllers bring it along.
const FLUX: &str = "helmreleases.helm.toolkit.fluxcd.io";

/// How long a cluster may take to serve a kind that is new to it.
const ESTABLISHED: Duration = Duration::from_secs(30);

/// Connects to the cluster of that file, and gives it what it lacks: our kinds and the platform's namespace.
///
/// What it has is left as it is.
///
/// # Errors
/// The file cannot be read, the cluster does not answer or refuses; or Flux is not installed there.
pub(super) async fn connect(file: &Path, output: Output) -> Result<Client, Error> {
    let read = Kubeconfig::read_from(file).map_err(failed)?;
    let config = Config::from_custom_kubeconfig(read, &Default::default()).await.map_err(failed)?;
    let server = config.cluster_url.to_string();
    let client = Client::try_from(config).map_err(failed)?;
    let kinds = Api::<CustomResourceDefinition>::all(client.clone());
    if kinds.get_opt(FLUX).await.map_err(failed)?.is_none() {
        return Err(Error::usage(format!("{server} has no {FLUX}: install Flux' source and helm controllers there")));
    }
    for kind in dploy_k8s::crds() {
        let name = kind.name_any();
        if ensure(&kinds, &kind).await? {
            output.note(&format!("{name} is new on {server}"))?;
        }
        let established = await_condition(kinds.clone(), &name, is_crd_established());
        tokio::time::timeout(ESTABLISHED, established).await.map_err(failed)?.map_err(failed)?;
    }
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(operator()?.namespace);
    ensure(&Api::all(client.clone()), &namespace).await?;
    Ok(client)
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
    use clap::Parser as _;
    let flags = ["dploy-operator", "--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0"];
    let mut config = dploy_operator::Config::try_parse_from(flags).map_err(failed)?;
    config.fallbacks =
        dploy_core::environments::settings::Fallbacks::read(|name| std::env::var(name).ok()).map_err(failed)?;
    Ok(config)
}
