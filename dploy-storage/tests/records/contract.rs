use dploy_core::testing::contract;
use dploy_storage::sql::{DatabaseUrl, SqlRecords};
use futures::FutureExt as _;

use crate::database::on_both;

fn elapse(duration: std::time::Duration) -> futures::future::BoxFuture<'static, ()> {
    tokio::time::sleep(duration).boxed()
}

on_both! {
    one_replica_keeps_the_contract(database) {
        contract::records(&[&database.open().await], &elapse).await.unwrap();
    }

    two_replicas_keep_the_contract(database) {
        let [one, two] = database.replicas().await;
        contract::records(&[&one, &two], &elapse).await.unwrap();
    }
}

#[tokio::test]
async fn sqlite_in_memory_keeps_the_contract() {
    let records = SqlRecords::connect(&DatabaseUrl::parse("sqlite::memory:").unwrap()).await.unwrap();
    contract::records(&[&records], &elapse).await.unwrap();
}
