//! `dploy admin orphans`.

use std::path::PathBuf;

use clap::Args;
use dploy_core::environments::plan::orphans::Orphan;
use dploy_k8s::{
    cluster::{CacheMetrics, Leadership, client},
    controller::Clock,
    environments::{Caches, InstalledEngines, caches::Scope, orphans::survey},
};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{cli::Global, error::Error, kubeconfig};

/// List what belongs to no instance: managed namespaces, and objects of the engines.
#[derive(Args, Debug)]
pub(crate) struct Orphans {
    /// Kubeconfig of the cluster; where not given, the one that kubectl uses
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

/// Something that belongs to nothing.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Row {
    kind: &'static str,
    namespace: String,
    name: String,
    /// What it was made for, `<namespace>/<name>`.
    made_for: String,
    /// The uid of what it was made for.
    owner_uid: String,
    deleting: bool,
}

impl Orphans {
    pub(super) async fn run(self, global: &Global) -> Result<(), Error> {
        let limit = global.timeout();
        let found = tokio::time::timeout(limit, look(self.kubeconfig)).await;
        let found =
            found.map_err(|_| Error::NoAnswer { server: "the cluster".to_owned(), seconds: limit.as_secs() })??;
        let rows: Vec<_> = found.into_iter().map(Row::from).collect();
        global.output().list(&rows, &["kind", "namespace", "name", "madeFor", "deleting"])
    }
}

/// Lists what the operator lists, and decides as it does.
async fn look(kubeconfig: Option<PathBuf>) -> Result<Vec<Orphan>, Error> {
    let client = kubeconfig::connect(kubeconfig.as_deref()).await?;
    let watching = CancellationToken::new();
    let _stop = watching.clone().drop_guard();
    let guarded = client::guard(&client, Leadership::always());
    let metrics = CacheMetrics::default();
    let engines = InstalledEngines::new(&guarded, "", Clock::system(), &metrics);
    let caches = Caches::new(&guarded, &metrics);
    caches.watch(&client, &Scope::All, &watching);
    engines.watch(&client, &watching);
    tokio::join!(caches.wait_synced(&Scope::All), engines.wait_synced());
    Ok(survey(&caches, &engines.inventories(), jiff::Timestamp::now().into()))
}

impl From<Orphan> for Row {
    fn from(orphan: Orphan) -> Self {
        let belonging = orphan.belonging;
        let holder = belonging.owner.reference();
        Self {
            made_for: format!("{}/{}", belonging.owner.namespace(), holder.name),
            owner_uid: holder.uid.clone(),
            kind: belonging.kind,
            namespace: belonging.key.namespace,
            name: belonging.key.name,
            deleting: belonging.deleting,
        }
    }
}
