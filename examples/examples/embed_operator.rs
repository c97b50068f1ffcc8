//! An operator inside a program of your own.
//!
//! With `KUBECONFIG` it serves that cluster until Ctrl-C. Without, it starts a test cluster with a stub in place of
//! Flux, claims an environment, prints its URL, and ends.

#![allow(clippy::print_stdout)]

use std::{error::Error, time::Duration};

use clap::Parser;
use dploy_k8s::{
    api::{DployInstanceClaim, DployTemplate},
    crds,
    testing::{Cluster, HelmStub},
};
use dploy_operator::Config;
use kube::{
    Api, Client,
    api::PostParams,
    runtime::wait::{Condition, await_condition},
};
use serde_json::{from_value, json};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let shutdown = CancellationToken::new();
    // The flags of the program `dploy-operator`; here it is alone and serves no metrics.
    let quiet = ["--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0"];
    let config = Config::try_parse_from(["embed-operator"].into_iter().chain(quiet))?;
    if std::env::var_os("KUBECONFIG").is_some() {
        let operator = tokio::spawn(dploy_operator::run(config, Client::try_default().await?, shutdown.clone()));
        tokio::signal::ctrl_c().await?;
        shutdown.cancel();
        return Ok(operator.await??);
    }
    let cluster = match Cluster::builder().controllers().flux_crds().start().await {
        Err(missing) if missing.is_missing() => {
            println!("{missing}");
            return Ok(());
        }
        started => started?,
    };
    cluster.install_crds(&crds()).await?;
    let _flux = HelmStub::new(cluster.client_as("stub")?).start();
    let operator = tokio::spawn(dploy_operator::run(config, cluster.client_as("operator")?, shutdown.clone()));
    let url = claim(&cluster.client()?, &cluster.namespace().await?).await?;
    println!("the environment is at {url}");
    shutdown.cancel();
    Ok(operator.await??)
}

/// Claims an environment as `kubectl apply` would, and waits for its URL.
async fn claim(client: &Client, namespace: &str) -> Result<String, Box<dyn Error>> {
    let templates = Api::<DployTemplate>::namespaced(client.clone(), namespace);
    let template = json!({
        "metadata": { "name": "shell" },
        "spec": { "chart": { "type": "helm", "repoURL": "https://charts.example.org", "chart": "shell" } },
    });
    templates.create(&PostParams::default(), &from_value(template)?).await?;
    let claims = Api::<DployInstanceClaim>::namespaced(client.clone(), namespace);
    let claim = json!({ "metadata": { "name": "mine" }, "spec": { "templateRef": "shell", "owner": "alice" } });
    claims.create(&PostParams::default(), &from_value(claim)?).await?;
    let ready = await_condition(claims, "mine", has_deadline());
    let claim = tokio::time::timeout(Duration::from_secs(60), ready).await??;
    Ok(claim.and_then(|claim| claim.status).map(|status| status.url).unwrap_or_default())
}

/// The clock of an environment starts when it is bound and ready.
fn has_deadline() -> impl Condition<DployInstanceClaim> {
    |claim: Option<&DployInstanceClaim>| {
        claim.and_then(|claim| claim.status.as_ref()).is_some_and(|status| status.expires_at.is_some())
    }
}
