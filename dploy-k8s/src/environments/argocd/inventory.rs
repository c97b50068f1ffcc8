//! What this engine has made, for the sweep of orphans.

use async_trait::async_trait;
use dploy_core::environments::{
    orphans::{Belonging, Holder, Inventory},
    ports::EngineError,
};

use crate::{
    cluster::labels::INSTANCE_KEY,
    environments::{
        orphans::{belonging, discard},
        release::unavailable,
    },
};

use super::ArgoCdEngine;

const APPLICATION: &str = "Application";

#[async_trait]
impl Inventory for ArgoCdEngine {
    fn belongings(&self) -> Vec<Belonging> {
        let found = self.applications.cache().scan();
        found.filter_map(|found| belonging(APPLICATION, &*found, INSTANCE_KEY, Holder::Instance)).collect()
    }

    async fn discard(&self, what: &Belonging) -> Result<bool, EngineError> {
        discard(&self.applications, what).await.map_err(unavailable)
    }
}
