//! The cluster of a kubeconfig, for the commands that look at one themselves.

use std::path::Path;

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};

use crate::error::Error;

/// The cluster of that file; where none is given, the one that kubectl would use.
///
/// # Errors
/// The file cannot be read, or names no cluster that can be spoken to.
pub(crate) async fn connect(file: Option<&Path>) -> Result<Client, Error> {
    let options = KubeConfigOptions::default();
    let config = match file {
        Some(file) => {
            let read = Kubeconfig::read_from(file).map_err(|error| unusable(&error))?;
            Config::from_custom_kubeconfig(read, &options).await.map_err(|error| unusable(&error))?
        }
        None => Config::from_kubeconfig(&options).await.map_err(|error| unusable(&error))?,
    };
    Client::try_from(config).map_err(|error| unusable(&error))
}

fn unusable(error: &dyn std::error::Error) -> Error {
    Error::usage(format!("the cluster of the kubeconfig is not usable: {}", dploy_core::error::chain(error)))
}
