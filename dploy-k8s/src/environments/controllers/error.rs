use dploy_core::environments::ports::EngineError;

use crate::{
    cluster,
    controller::{Classify, ErrorClass},
};

/// Why a reconcile could not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The API server did not do as asked.
    #[error("the cluster did not do as asked")]
    Cluster(#[from] cluster::Error),
    /// The engine did not do as asked.
    #[error("the engine did not do as asked")]
    Engine(#[from] EngineError),
    /// An engine that an instance was made with is not configured any more.
    #[error("engine {0} is not available")]
    NoEngine(&'static str),
}

impl Classify for Error {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Cluster(error) => error.class(),
            Self::Engine(_) | Self::NoEngine(_) => ErrorClass::Transient,
        }
    }
}
